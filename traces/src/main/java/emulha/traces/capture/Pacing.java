package emulha.traces.capture;

import java.io.IOException;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Keeps the mean of a recording's intervals exact on the host's clock: what an interval was too
 * long the following ones are shorter, by up to a fifth each, and the time that a halt usually
 * takes is taken off each wait. Not thread-safe.
 */
public final class Pacing {
  private final long intervalNs;
  private final LongSummaryStatistics runs = new LongSummaryStatistics();
  private long delayNs;

  public Pacing(long intervalNs) {
    this.intervalNs = intervalNs;
  }

  /** How long to wait before the next halt, in nanoseconds. */
  public long waitNs() {
    long errorNs = runs.getCount() * intervalNs - runs.getSum();
    return Math.max(0, intervalNs + Math.clamp(errorNs, -intervalNs / 5, intervalNs / 5) - delayNs);
  }

  /**
   * An interval is over.
   *
   * @param waitedNs what {@link #waitNs} had said
   * @param tookNs how long what is recorded ran
   */
  public void ran(long waitedNs, long tookNs) {
    runs.accept(tookNs);
    // A single long delay must not sway it.
    long step = Math.clamp((tookNs - waitedNs - delayNs) / 4, -100_000, 100_000);
    delayNs = Math.clamp(delayNs + step, 0, intervalNs / 2);
  }

  /** Sum of all intervals, in nanoseconds. */
  public long ranNs() {
    return runs.getSum();
  }

  /** What the intervals were, for {@code run_ms} in a series; at least one is over. */
  public String summary() {
    return summary(runs);
  }

  /** The same of intervals that were kept otherwise. */
  public static String summary(LongSummaryStatistics runs) {
    return String.format(
        Locale.ROOT,
        "mean %.3f, shortest %.3f, longest %.3f",
        runs.getSum() / 1e6 / runs.getCount(),
        runs.getMin() / 1e6,
        runs.getMax() / 1e6);
  }

  /** Waits so long, for what an interruption before it keeps from being recorded. */
  public static void pause(long ns, String before, BooleanSupplier interrupted) throws IOException {
    if (!waitUntil(System.nanoTime() + ns, interrupted)) {
      throw new IOException("interrupted before " + before + "; nothing was recorded");
    }
  }

  /** Waits until the system's nanosecond clock is {@code untilNs}; false if interrupted before. */
  public static boolean waitUntil(long untilNs, BooleanSupplier interrupted) {
    while (true) {
      long left = untilNs - System.nanoTime();
      if (left <= 0) {
        return true;
      }
      if (interrupted.getAsBoolean()) {
        return false;
      }
      LockSupport.parkNanos(Math.min(left, 100_000_000));
    }
  }
}
