package emulha.emulhacp;

import emulha.replication.Link;
import java.nio.channels.ByteChannel;
import org.jspecify.annotations.Nullable;

/** The network under a sender's one connection: as it is, or made to seem another. */
final class Network {
  private final Link link;
  private final Clock clock;
  private @Nullable ImitatedLink imitated;

  Network(Link link, Clock clock) {
    this.link = link;
    this.clock = clock;
  }

  /** Puts the link over the connection's socket. */
  ByteChannel carrying(ByteChannel socket) {
    if (!link.imitated()) {
      return socket;
    }
    var over = new ImitatedLink(socket, link, clock);
    imitated = over;
    return over;
  }

  /** CPU time of the thread that sends for the imitated link; 0 without one. */
  long cpuNs() {
    ImitatedLink over = imitated;
    return over == null ? 0 : over.cpuNs();
  }
}
