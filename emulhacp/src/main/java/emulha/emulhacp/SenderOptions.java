package emulha.emulhacp;

import emulha.codecs.Method;
import emulha.replication.Base;
import emulha.replication.Pace;
import emulha.traces.Series;
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
 * @param warmupTrials replays before, as fast as they go and not counted, so that the JIT compiler
 *     is not measured
 * @param verify whether the receiver must prove its images equal to the recording
 * @param timeout longest silence of the receiver
 */
public record SenderOptions(
    String runId,
    InetSocketAddress receiver,
    List<Series> series,
    Method method,
    Pace pace,
    Base base,
    int trials,
    int warmupTrials,
    boolean verify,
    Duration timeout) {
  /** Timeout when none is given. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** Warm-up trials when none are given. */
  public static final int DEFAULT_WARMUP_TRIALS = 1;

  /** Checks the invariants. */
  public SenderOptions {
    series = List.copyOf(series);
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, got " + timeout);
    }
  }
}
