package emulha.traces.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a guest has written to its console.
 *
 * @param file that takes it; may not be there yet
 */
public record Console(Path file) {
  /** The one in a guest's directory. */
  public static Console in(Path directory) {
    return new Console(directory.resolve("console"));
  }

  private String text() throws IOException {
    return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }

  /** Whether the guest has written this, or need not write anything: null. */
  public boolean says(@Nullable String ready) throws IOException {
    return ready == null || text().contains(ready);
  }

  /**
   * Its last line; what the kernel panicked for, if it did, since what it prints after says less.
   */
  public String lastLine() throws IOException {
    return text()
        .lines()
        .filter(line -> !line.isBlank())
        .reduce(
            (first, second) ->
                first.contains("Kernel panic") && !second.contains("Kernel panic") ? first : second)
        .orElse("(nothing)")
        .strip();
  }

  /** Keeps what the guest has written so far. */
  public void save(Path copy) throws IOException {
    if (Files.exists(file)) {
      Files.write(copy, Files.readAllBytes(file));
    }
  }
}
