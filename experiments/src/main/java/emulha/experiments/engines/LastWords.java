package emulha.experiments.engines;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** What a process of this program wrote last before it failed: its error, which is one line. */
public final class LastWords {
  private LastWords() {}

  /**
   * The last line that is neither blank nor a warning of the JVM.
   *
   * @param errors what the process wrote to its error output
   */
  public static Optional<String> in(Path errors) throws IOException {
    try (Stream<String> lines = Files.lines(errors, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> !line.isBlank() && !line.startsWith("WARNING: "))
          .reduce((earlier, later) -> later);
    }
  }
}
