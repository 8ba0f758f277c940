package emulha.analysis;

/**
 * A value with the interval that it lies in.
 *
 * @param value the estimate: a median over trials, or the single trial's value
 * @param low lower end of the 95 % interval; the value itself if there is no interval
 * @param high upper end
 */
public record Estimate(double value, double low, double high) {
  /** Checks the order. */
  public Estimate {
    if (!(low <= value && value <= high)) {
      throw new IllegalArgumentException("not in order: %s, %s, %s".formatted(low, value, high));
    }
  }

  /** A value without an interval. */
  public static Estimate exact(double value) {
    return new Estimate(value, value, value);
  }

  /** Whether the interval is wider than nothing. */
  public boolean hasInterval() {
    return low < high;
  }

  /** This in another unit. */
  public Estimate times(double positive) {
    return new Estimate(value * positive, low * positive, high * positive);
  }
}
