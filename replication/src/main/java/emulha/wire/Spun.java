package emulha.wire;

/**
 * What watching a connection came to: see {@link SpinningChannel}.
 *
 * @param waits reads for which nothing had come yet
 * @param met of these, those for which something came while the connection was watched
 * @param cpuNs CPU time that the watching took, in nanoseconds
 */
public record Spun(long waits, long met, long cpuNs) {
  /** Nothing at all. */
  public static final Spun NONE = new Spun(0, 0, 0);

  /** The longest that a connection can be watched before each wait, in nanoseconds. */
  public static final long MOST_NS = 1_000_000_000;

  public Spun {
    if (waits < 0 || met < 0 || met > waits || cpuNs < 0) {
      throw new IllegalArgumentException(
          "impossible spinning: %d waits, %d met, %d ns".formatted(waits, met, cpuNs));
    }
  }

  /**
   * A time to watch for, checked.
   *
   * @param ns 0 for none
   * @throws IllegalArgumentException if it is negative or beyond {@link #MOST_NS}
   */
  public static long checkedNs(long ns) {
    if (ns < 0 || ns > MOST_NS) {
      throw new IllegalArgumentException(
          "a connection is watched for up to 1s before each wait, got %d ns".formatted(ns));
    }
    return ns;
  }

  /** The sum. */
  public Spun plus(Spun other) {
    return new Spun(waits + other.waits, met + other.met, cpuNs + other.cpuNs);
  }

  /** What came since an earlier asking. */
  public Spun since(Spun before) {
    return new Spun(waits - before.waits, met - before.met, cpuNs - before.cpuNs);
  }
}
