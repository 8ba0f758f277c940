package emulha.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class DataDictionaryTest {
  /** Without it the document would go on describing columns that the files no longer have. */
  @Test
  void committedDocumentIsTheDeclarations() throws IOException {
    Path document = Path.of(System.getProperty("emulha.root"), "docs", "DATA_DICTIONARY.md");
    if (Boolean.getBoolean("emulha.regenerate")) {
      Files.writeString(document, DataDictionary.markdown());
    }
    assertEquals(
        DataDictionary.markdown(),
        Files.exists(document) ? Files.readString(document) : "",
        "docs/DATA_DICTIONARY.md is not what the code declares; regenerate it with:"
            + " ./mvnw -q -pl metrics test -Demulha.regenerate=true");
  }
}
