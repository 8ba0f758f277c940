package emulha.analysis.measures;

/**
 * A value with what is known of where it lies.
 *
 * @param value the estimate: a median over trials, or the value of what was counted
 * @param low lower end of the interval or range; the value itself if it is exact
 * @param high upper end
 * @param trials independent trials that it rests on, of the fewest where several estimates went
 *     into it; {@link #COUNTED} if it was counted, not timed, and chance has no part in it
 */
public record Estimate(double value, double low, double high, int trials) {
  /** In place of a number of trials: what every trial has alike. */
  public static final int COUNTED = 0;

  /** The share of intervals called so that hold what they estimate, at least. */
  public static final double COVERAGE = 0.95;

  public Estimate {
    if (!(low <= value && value <= high) || trials < 0) {
      throw new IllegalArgumentException(
          "not in order: %s, %s, %s of %d trials".formatted(low, value, high, trials));
    }
  }

  /** A value that was counted, or bounds that hold for certain. */
  public Estimate(double value, double low, double high) {
    this(value, low, high, COUNTED);
  }

  /** A value that was counted. */
  public static Estimate exact(double value) {
    return new Estimate(value, value, value);
  }

  /** The same of a value that something only made larger: it may be anywhere below. */
  Estimate orLess() {
    return new Estimate(value, 0, high, trials);
  }

  /** The same as what was seen once: nothing is known of how far another trial may lie off. */
  Estimate asSeenOnce() {
    return new Estimate(value, low, high, 1);
  }

  /** Whether there is anything to draw: an interval, or a range of trials. */
  public boolean hasInterval() {
    return low < high;
  }

  /** The probability with which low and high hold the median; 1 for what was counted. */
  public double coverage() {
    return trials == COUNTED ? 1 : Statistics.medianCoverage(trials);
  }

  /** Whether low and high say where the value is; if not, they are but what was seen. */
  public boolean decides() {
    return coverage() >= COVERAGE;
  }

  /** This in another unit. */
  public Estimate times(double positive) {
    return new Estimate(value * positive, low * positive, high * positive, trials);
  }

  /** This with ends that lie further off by a share of themselves. */
  Estimate widened(double share) {
    return new Estimate(value, low * (1 - share), high * (1 + share), trials);
  }

  /** This divided by another that is above 0; both are never negative. */
  public Estimate over(Estimate other) {
    return new Estimate(
        value / other.value,
        low / other.high,
        other.low > 0 ? high / other.low : Double.POSITIVE_INFINITY,
        fewest(trials, other.trials));
  }

  /** This less another. */
  public Estimate minus(Estimate other) {
    return new Estimate(
        value - other.value, low - other.high, high - other.low, fewest(trials, other.trials));
  }

  /** The smaller number of trials, of those that are one. */
  public static int fewest(int a, int b) {
    return a == COUNTED ? b : b == COUNTED ? a : Math.min(a, b);
  }
}
