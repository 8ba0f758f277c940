package emulha.codecs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The values given to a stage's parameters. Every accessor refuses a bad value with the choices.
 */
public final class Arguments {
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

  /** Bytes from text such as {@code 256}, {@code 1KiB}, {@code 32MiB}; -1 if it is not that. */
  static long parseBytes(String text) {
    int shift = 0;
    String digits = text;
    if (text.endsWith("iB") && text.length() > 3) {
      shift =
          switch (text.charAt(text.length() - 3)) {
            case 'K' -> 10;
            case 'M' -> 20;
            case 'G' -> 30;
            default -> -1;
          };
      digits = text.substring(0, text.length() - 3);
    }
    if (shift < 0 || !digits.matches("[0-9]{1,12}")) {
      return -1;
    }
    long number = Long.parseLong(digits);
    return number > Long.MAX_VALUE >> shift ? -1 : number << shift;
  }
}
