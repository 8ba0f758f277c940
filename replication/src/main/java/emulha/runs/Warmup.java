package emulha.runs;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long replays are repeated, as fast as they go and uncounted, before those that count. A JVM
 * runs a method at its full speed only when the JIT compiler has come to all of its code, which
 * takes seconds: a recording of a second or two has to be replayed many times before, and of one of
 * minutes the beginning is enough.
 *
 * @param replays how many; at least so many are begun where there is a time
 * @param milliseconds how long their incremental checkpoints take, bases apart: the replay in which
 *     this is over ends with the checkpoint it is at; 0 for whole replays, {@code replays} of them
 */
public record Warmup(int replays, long milliseconds) {
  /** No replays. */
  public static final Warmup NONE = new Warmup(0, 0);

  /** The text of the warm-up when none is given. */
  public static final String DEFAULT = "5s";

  private static final Pattern TEXT = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)(ms|s)?");

  public Warmup {
    if (replays < 0 || milliseconds < 0 || (milliseconds > 0 && replays == 0)) {
      throw new IllegalArgumentException(
          "impossible warm-up: %d replays, %d ms".formatted(replays, milliseconds));
    }
  }

  /**
   * A number of replays from {@code 3}, or a time, and one replay at least, from {@code 5s}, {@code
   * 500ms} or {@code 0.5s}.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static Warmup parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "warm-up is a number of replays such as 3, or a time such as 5s, not '" + text + "'");
    }
    String unit = matcher.group(2);
    BigDecimal number = new BigDecimal(matcher.group(1)).movePointRight("s".equals(unit) ? 3 : 0);
    if (number.stripTrailingZeros().scale() > 0) {
      throw new IllegalArgumentException(
          "warm-up is a whole number of replays such as 3, or a time of whole milliseconds such as 5s,"
              + " not '"
              + text
              + "'");
    }
    if (unit == null) {
      return new Warmup(number.intValueExact(), 0);
    }
    return number.signum() == 0 ? NONE : new Warmup(1, number.longValueExact());
  }

  /** Whether how many replays there are depends on how long they take. */
  public boolean timed() {
    return milliseconds > 0;
  }

  /**
   * How long the incremental checkpoints of the next replay may take.
   *
   * @param workedNs what those of the replays before it took
   */
  public long leftNs(long workedNs) {
    return timed() ? milliseconds * 1_000_000 - workedNs : Long.MAX_VALUE;
  }

  /**
   * Whether it is over.
   *
   * @param done replays so far
   * @param elapsedNs time that counts
   */
  public boolean over(int done, long elapsedNs) {
    return done >= replays && elapsedNs >= milliseconds * 1_000_000;
  }
}
