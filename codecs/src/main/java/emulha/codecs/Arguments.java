package emulha.codecs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The values given to a stage's parameters. Every accessor refuses a bad value with the choices.
 */
public final class Arguments {
  private static final Pattern BYTES = Pattern.compile("([0-9]{1,12})(?:([KMG])iB)?");

  private final StageProvider provider;
  private final Map<String, String> values = new HashMap<>();

  Arguments(StageProvider provider, Map<String, String> given) {
    this.provider = provider;
    for (String key : given.keySet()) {
      if (provider.parameters().stream().noneMatch(p -> p.key().equals(key))) {
        throw new IllegalArgumentException(
            "method '%s' has no key '%s'; available: %s"
                .formatted(provider.name(), key, keys(provider.parameters())));
      }
    }
    for (Parameter parameter : provider.parameters()) {
      values.put(parameter.key(), given.getOrDefault(parameter.key(), parameter.defaultValue()));
    }
  }

  private static String keys(List<Parameter> parameters) {
    return Stream.concat(parameters.stream(), Stream.of(Method.ENCODERS))
        .map(p -> p.key() + "=" + p.choices())
        .collect(Collectors.joining(", "));
  }

  /** The value as text. */
  public String text(String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalStateException(provider.name() + " declares no key " + key);
    }
    return value;
  }

  /** The value as one of the {@code |}-separated choices that the parameter declares. */
  public String choice(String key) {
    String value = text(key);
    if (!List.of(parameter(key).choices().split("\\|")).contains(value)) {
      throw bad(key);
    }
    return value;
  }

  /** The value as a whole number within bounds. */
  public int integer(String key, int min, int max) {
    try {
      int value = Integer.parseInt(text(key));
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw bad(key);
    }
    throw bad(key);
  }

  /** The value {@code true} or {@code false}. */
  public boolean flag(String key) {
    return switch (text(key)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw bad(key);
    };
  }

  /** The value as a number of bytes: a whole number, alone or with KiB, MiB or GiB. */
  public long bytes(String key, long min, long max) {
    long value = parseBytes(text(key));
    if (value < min || value > max) {
      throw bad(key);
    }
    return value;
  }

  /** An exception that names the value given for a key and what the key takes. */
  public IllegalArgumentException bad(String key) {
    return bad(key, parameter(key).choices());
  }

  /**
   * The same, where the choices alone do not tell the rule that the value breaks.
   *
   * @param rule what the key takes
   */
  public IllegalArgumentException bad(String key, String rule) {
    return new IllegalArgumentException(
        "method '%s': bad value '%s' for key '%s'; it takes %s"
            .formatted(provider.name(), text(key), key, rule));
  }

  private Parameter parameter(String key) {
    return provider.parameters().stream()
        .filter(p -> p.key().equals(key))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Bytes from text such as {@code 256}, {@code 1KiB}, {@code 32MiB}; -1 if it is not that, or more
   * than a number can hold.
   */
  static long parseBytes(String text) {
    Matcher number = BYTES.matcher(text);
    if (!number.matches()) {
      return -1;
    }
    int shift = number.group(2) == null ? 0 : 10 * (1 + "KMG".indexOf(number.group(2)));
    long value = Long.parseLong(number.group(1));
    return value > Long.MAX_VALUE >> shift ? -1 : value << shift;
  }
}
