package emulha.emulhacp;

import emulha.runs.Base;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.traces.Series;
import emulha.wire.Security;
import emulha.wire.Spun;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What a sender is to do.
 *
 * @param runId the rows' {@code run_id}, unique per command
 * @param receiver whom it is to send to
 * @param series one per VM, all of one interval; several are protected concurrently
 * @param terms how it is done, with a pace
 * @param trials counted replays
 * @param warmup replays before
 * @param fromCheckpoint first checkpoint to replicate, 1 or more, when the receiver holds the one
 *     before since an earlier session; 0 to begin with the base
 */
public record SenderOptions(
    String runId,
    Peer receiver,
    List<Series> series,
    Terms terms,
    int trials,
    Warmup warmup,
    int fromCheckpoint) {
  /** Timeout when none is given. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /**
   * A receiver.
   *
   * @param address where it listens
   * @param timeout its longest silence
   * @param security how sender and receiver know each other
   * @param spinNs for how long the connection to it is watched before the sender blocks, in
   *     nanoseconds, up to {@link Spun#MOST_NS}; 0 to block at once. Above 0 no CPU time of the
   *     sender is reported
   */
  public record Peer(InetSocketAddress address, Duration timeout, Security security, long spinNs) {
    public Peer {
      Spun.checkedNs(spinNs);
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("timeout must be positive, got " + timeout);
      }
    }
  }

  public SenderOptions {
    series = List.copyOf(series);
    if (fromCheckpoint < 0) {
      throw new IllegalArgumentException("checkpoints count from 0, got " + fromCheckpoint);
    }
    if (fromCheckpoint > 0
        && (trials != 1 || !warmup.equals(Warmup.NONE) || terms.base() != Base.SKIP)) {
      throw new IllegalArgumentException(
          "going on from a checkpoint takes one trial, no warm-up, and base skip");
    }
    Duration silence = ImitatedLink.silence(terms.link());
    if (terms.link().imitated() && silence.compareTo(receiver.timeout()) >= 0) {
      throw new IllegalArgumentException(
          "over a link so slow nothing comes for %d ms at a time, and an end is given up after %d ms:"
                  .formatted(silence.toMillis(), receiver.timeout().toMillis())
              + " give both ends a longer --timeout, or the link more bandwidth or less latency");
    }
    if (terms.method().table().isPresent() && warmup.timed()) {
      throw new IllegalArgumentException(
          "hosts that share a table count their replays alike: give all the same --warmup, a number"
              + " such as 3 (docs/SHARED_TABLE.md)");
    }
  }
}
