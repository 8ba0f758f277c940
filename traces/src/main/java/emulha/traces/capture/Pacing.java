package emulha.traces.capture;

import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Keeps the mean of a recording's intervals exact on the host's clock: what an interval was too
 * long the following ones are shorter, by up to a fifth each, and the time that a halt usually
 * takes is taken off each wait. Not thread-safe.
 */
public final class Pacing {
  private final long intervalNs;
  private long ranNs;
  private int intervals;
  private long delayNs;
  private long shortestNs = Long.MAX_VALUE;
  private long longestNs;

  /**
   * @param intervalNs what the intervals should be, at least 1
   */
  public Pacing(long intervalNs) {
    if (intervalNs < 1) {
      throw new IllegalArgumentException("interval must be at least 1 ns, got " + intervalNs);
    }
    this.intervalNs = intervalNs;
  }

  /** How long to wait before the next halt, in nanoseconds. */
  public long waitNs() {
    long errorNs = intervals * intervalNs - ranNs;
    return Math.max(0, intervalNs + Math.clamp(errorNs, -intervalNs / 5, intervalNs / 5) - delayNs);
  }

  /**
   * An interval is over.
   *
   * @param waitedNs what {@link #waitNs} had said
   * @param tookNs how long what is recorded ran
   */
  public void ran(long waitedNs, long tookNs) {
    ranNs += tookNs;
    intervals++;
    shortestNs = Math.min(shortestNs, tookNs);
    longestNs = Math.max(longestNs, tookNs);
    // A single long delay must not sway it.
    long step = Math.clamp((tookNs - waitedNs - delayNs) / 4, -100_000, 100_000);
    delayNs = Math.clamp(delayNs + step, 0, intervalNs / 2);
  }

  /** Sum of all intervals, in nanoseconds. */
  public long ranNs() {
    return ranNs;
  }

  /** What the intervals were, for {@code run_ms} in a series; at least one is over. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "mean %.3f, shortest %.3f, longest %.3f",
        ranNs / 1e6 / intervals,
        shortestNs / 1e6,
        longestNs / 1e6);
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
