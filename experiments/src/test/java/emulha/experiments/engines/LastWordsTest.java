package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LastWordsTest {
  @TempDir Path directory;

  /** In another locale the error of a point was that its error could not be read. */
  @Test
  void whatIsNotUtf8IsReadAllTheSame() throws IOException {
    Path errors = directory.resolve("errors");
    Files.write(
        errors,
        "WARNING: a\nno such file: \u00b5s\n\nWARNING: b\n".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(Optional.of("no such file: \ufffds"), LastWords.in(errors));
  }
}
