package emulha.emulhacp;

import emulha.runs.Link;
import java.nio.channels.ByteChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The network under a sender's connections: as it is, or made to seem another. */
final class Network {
  private final Link link;
  private final Clock clock;

  /** The bandwidth that all connections share; null if it is not limited. */
  private final @Nullable TokenBucket bucket;

  private final List<ImitatedLink> imitated = new CopyOnWriteArrayList<>();

  Network(Link link, Clock clock) {
    this.link = link;
    this.clock = clock;
    Long bandwidth = link.bitsPerSecond();
    bucket = bandwidth == null ? null : new TokenBucket(bandwidth, ImitatedLink.BURST_BYTES);
  }

  /** Puts the link over a connection's socket. */
  ByteChannel carrying(ByteChannel socket) {
    if (!link.imitated()) {
      return socket;
    }
    var over = new ImitatedLink(socket, link, bucket, clock);
    imitated.add(over);
    return over;
  }

  /**
   * Lets what no row tells of go as fast as the network is.
   *
   * @param lifted whether from now on no link is imitated
   */
  void lift(boolean lifted) {
    imitated.forEach(over -> over.lift(lifted));
  }

  /** CPU time of the threads that send for the imitated link; 0 without one. */
  long cpuNs() {
    long sum = 0;
    for (ImitatedLink over : imitated) {
      sum += over.cpuNs();
    }
    return sum;
  }
}
