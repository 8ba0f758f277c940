package emulha.codecs;

import java.util.Map;

/** Arguments of a stage, for tests in other packages. */
public final class MethodArguments {
  private MethodArguments() {}

  /** One key given, all others at their defaults. */
  public static Arguments of(StageProvider provider, String key, String value) {
    return new Arguments(provider, Map.of(key, value));
  }
}
