package emulha.traces;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Checkpointing intervals, exact to the nanosecond. */
public final class Interval {
  public static final long NS_PER_MS = 1_000_000;

  private Interval() {}

  /**
   * An interval in milliseconds with its unit: {@code 25 ms}, {@code 16.667 ms}, {@code 0.5 ms}.
   */
  public static String text(long nanoseconds) {
    return milliseconds(nanoseconds).toPlainString() + " ms";
  }

  /** An interval in milliseconds, exactly, without trailing zeros. */
  public static BigDecimal milliseconds(long nanoseconds) {
    BigDecimal exact = BigDecimal.valueOf(nanoseconds, 6).stripTrailingZeros();
    return exact.scale() < 0 ? exact.setScale(0) : exact;
  }

  /**
   * Nanoseconds in so many milliseconds.
   *
   * @throws IllegalArgumentException if they are more than fit
   */
  public static long ofMilliseconds(long milliseconds) {
    if (milliseconds > Long.MAX_VALUE / NS_PER_MS || milliseconds < Long.MIN_VALUE / NS_PER_MS) {
      throw new IllegalArgumentException(
          "an interval takes at most %d ms, got %d"
              .formatted(Long.MAX_VALUE / NS_PER_MS, milliseconds));
    }
    return milliseconds * NS_PER_MS;
  }

  /** An interval in milliseconds if it is a whole number of them, else null. */
  public static @Nullable Long wholeMilliseconds(long nanoseconds) {
    return nanoseconds % NS_PER_MS == 0 ? nanoseconds / NS_PER_MS : null;
  }
}
