package emulha.experiments.engines;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a process of this program wrote last before it failed: its error, which is one line. */
public final class LastWords {
  private LastWords() {}

  /**
   * The last line that is neither blank nor a warning of the JVM.
   *
   * @param errors what the process wrote to its error output
   */
  public static Optional<String> in(Path errors) throws IOException {
    try (var reader = reader(errors)) {
      return reader
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("WARNING: "))
          .reduce((earlier, later) -> later);
    }
  }

  /** For what a process wrote in whatever encoding: letters that are not UTF-8 are replaced. */
  static BufferedReader reader(Path errors) throws IOException {
    return new BufferedReader(
        new InputStreamReader(Files.newInputStream(errors), StandardCharsets.UTF_8));
  }
}
