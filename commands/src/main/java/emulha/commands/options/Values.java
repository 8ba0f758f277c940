package emulha.commands.options;

import com.beust.jcommander.ParameterException;
import emulha.codecs.Method;
import emulha.memory.PageSize;
import emulha.runs.Warmup;
import emulha.wire.Spun;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Values of options from their text. All throw {@link ParameterException}. */
public final class Values {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(KiB|MiB|GiB)");

  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,6}(?:\\.[0-9]{1,6})?)%");

  private static final Pattern PRECISE =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(us|ms|s|Kbit|Mbit|Gbit)");

  private Values() {}

  /** Nanoseconds from {@code 0.2ms}, {@code 50us} or {@code 1s}; above 0. */
  public static long nanoseconds(String option, String text) {
    return precise(option, text, Map.of("us", 3, "ms", 6, "s", 9), "a time such as 0.2ms or 50us");
  }

  /** How long a connection is watched: 0 if no option says so, else nanoseconds up to 1 s. */
  public static long spinNs(String option, @Nullable String text) {
    if (text == null) {
      return 0;
    }
    long ns = nanoseconds(option, text);
    if (ns > Spun.MOST_NS) {
      throw new ParameterException("%s takes up to 1s, got '%s'".formatted(option, text));
    }
    return ns;
  }

  /** Bits per second from {@code 1Gbit}, {@code 2.5Gbit} or {@code 100Mbit}; above 0. */
  public static long bitsPerSecond(String option, String text) {
    return precise(
        option, text, Map.of("Kbit", 3, "Mbit", 6, "Gbit", 9), "a bandwidth such as 1Gbit");
  }

  /**
   * A decimal number with a unit, as a whole number of the smallest.
   *
   * @param powers by unit, power of ten
   */
  private static long precise(
      String option, String text, Map<String, Integer> powers, String example) {
    Matcher matcher = PRECISE.matcher(text);
    if (matcher.matches()) {
      Integer power = powers.get(matcher.group(2));
      if (power != null) {
        BigDecimal value = new BigDecimal(matcher.group(1)).scaleByPowerOfTen(power);
        if (value.signum() > 0 && value.stripTrailingZeros().scale() <= 0) {
          return value.longValueExact();
        }
      }
    }
    throw new ParameterException("%s takes %s, got '%s'".formatted(option, example, text));
  }

  /** Bytes from {@code 512KiB}, {@code 256MiB} or {@code 4GiB}; above 0. */
  public static long bytes(String option, String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw new ParameterException(
          "%s takes a size such as 256MiB or 4GiB, got '%s'".formatted(option, text));
    }
    int shift = 10 * (1 + "KMG".indexOf(matcher.group(2).charAt(0)));
    return Long.parseLong(matcher.group(1)) << shift;
  }

  /** Whole MiB from {@code 256MiB} or {@code 4GiB}. */
  public static int mebibytes(String option, String text) {
    long bytes = bytes(option, text);
    if (bytes % (1 << 20) != 0 || bytes >> 20 > Integer.MAX_VALUE) {
      throw new ParameterException("%s takes whole MiB, got %s".formatted(option, text));
    }
    return (int) (bytes >> 20);
  }

  /** A size of pages from {@code 4KiB} to {@code 2MiB}. */
  public static PageSize pageSize(String option, String text) {
    long bytes = bytes(option, text);
    if (!PageSize.isValid(bytes)) {
      throw new ParameterException(
          "%s takes 4KiB, 8KiB, 16KiB, 32KiB, 64KiB, … or 2MiB, got '%s'".formatted(option, text));
    }
    return PageSize.of(bytes);
  }

  /** A share from {@code 10%} or {@code 2.5%}; above 0. */
  public static double share(String option, String text) {
    Matcher matcher = PERCENT.matcher(text);
    double share = matcher.matches() ? Double.parseDouble(matcher.group(1)) / 100 : 0;
    if (share == 0) {
      throw new ParameterException(
          "%s takes a share such as 10%% or 2.5%%, got '%s'".formatted(option, text));
    }
    return share;
  }

  /** Milliseconds from {@code 100ms}, {@code 2s} or {@code 0.05s}; whole, and at least 1. */
  public static long milliseconds(String option, String text) {
    return precise(
        option,
        text,
        Map.of("ms", 0, "s", 3),
        "a time in whole milliseconds such as 100ms, 2s or 0.05s");
  }

  /** The same as a duration. */
  public static Duration duration(String option, String text) {
    return Duration.ofMillis(milliseconds(option, text));
  }

  /** A method from its description. */
  public static Method method(String option, String text) {
    return understood(option + ": ", () -> Method.parse(text));
  }

  /** Replays to warm up, from {@code 3} or {@code 5s}. */
  public static Warmup warmup(String option, String text) {
    return understood(option + ": ", () -> Warmup.parse(text));
  }

  /** A socket address from {@code HOST:PORT}; IPv6 addresses stand in brackets. */
  public static InetSocketAddress address(String option, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    String port = text.substring(colon + 1);
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw new ParameterException(
          "%s takes HOST:PORT such as 127.0.0.1:7400, got '%s'".formatted(option, text));
    }
    return new InetSocketAddress(host, Integer.parseInt(port));
  }

  /** What a function makes of a name; what it refuses was not understood. */
  public static <T> T named(Function<String, T> function, String text) {
    return understood("", () -> function.apply(text));
  }

  /**
   * A value that is made of what was given; what refuses that says why it was not understood.
   *
   * @param option stands before the reason
   */
  public static <T> T understood(String option, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(option + e.getMessage(), e);
    }
  }

  /** A constant of an enumeration from its lower-case name. */
  public static <E extends Enum<E>> E choice(String option, String text, Class<E> type) {
    E[] values = type.getEnumConstants();
    List<String> names =
        Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
    int at = names.indexOf(text);
    if (at < 0) {
      throw new ParameterException(
          "%s takes %s, got '%s'".formatted(option, String.join(" or ", names), text));
    }
    return values[at];
  }
}
