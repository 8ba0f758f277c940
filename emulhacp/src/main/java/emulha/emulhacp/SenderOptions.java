package emulha.emulhacp;

import emulha.codecs.Method;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Warmup;
import emulha.traces.Series;
import emulha.wire.Security;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What a sender is to do.
 *
 * @param runId the rows' {@code run_id}, unique per command
 * @param receiver where the receiver listens
 * @param series one per VM, all of one interval; several are protected concurrently
 * @param trials counted replays
 * @param warmup replays before
 * @param verify whether the receiver must prove its images equal to the recording
 * @param timeout longest silence of the receiver
 * @param fromCheckpoint first checkpoint to replicate, 1 or more, when the receiver holds the one
 *     before since an earlier session; 0 to begin with the base
 * @param security how sender and receiver know each other
 * @param link the network to imitate
 */
public record SenderOptions(
    String runId,
    InetSocketAddress receiver,
    List<Series> series,
    Method method,
    Pace pace,
    Base base,
    int trials,
    Warmup warmup,
    boolean verify,
    Duration timeout,
    int fromCheckpoint,
    Security security,
    Link link) {
  /** Timeout when none is given. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  public SenderOptions {
    series = List.copyOf(series);
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, got " + timeout);
    }
    if (fromCheckpoint < 0) {
      throw new IllegalArgumentException("checkpoints count from 0, got " + fromCheckpoint);
    }
    if (fromCheckpoint > 0 && (trials != 1 || !warmup.equals(Warmup.NONE) || base != Base.SKIP)) {
      throw new IllegalArgumentException(
          "going on from a checkpoint takes one trial, no warm-up, and base skip");
    }
    if (method.table().isPresent() && warmup.timed()) {
      throw new IllegalArgumentException(
          "hosts that share a table count their replays alike: give all the same --warmup, a number"
              + " such as 3 (docs/SHARED_TABLE.md)");
    }
  }

  /** Options to begin with the base, at a receiver that asks for nothing. */
  public SenderOptions(
      String runId,
      InetSocketAddress receiver,
      List<Series> series,
      Method method,
      Pace pace,
      Base base,
      int trials,
      Warmup warmup,
      boolean verify,
      Duration timeout) {
    this(
        runId,
        receiver,
        series,
        method,
        pace,
        base,
        trials,
        warmup,
        verify,
        timeout,
        0,
        Security.NONE,
        Link.AS_IT_IS);
  }
}
