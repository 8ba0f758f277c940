package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example in docs/ADD_A_METHOD.md; the contract test tries its stage like any other. */
final class AddAMethodTest {
  private static final Path ROOT = Path.of(System.getProperty("emulha.root", ".."));

  /** Without this the document could show code that no longer compiles. */
  @Test
  void theDocumentShowsTheSourceThatIsTested() throws IOException {
    String document = Files.readString(ROOT.resolve("docs/ADD_A_METHOD.md"));
    int start = document.indexOf("```java\n") + "```java\n".length();
    String shown = document.substring(start, document.indexOf("```", start));
    assertEquals(
        Files.readString(ROOT.resolve("codecs/src/test/java/example/SameByte.java")), shown);
  }

  /** Without this a user's jar could stay unseen. */
  @Test
  void theStageOfAnotherJarIsFound() {
    assertTrue(Stages.all().stream().anyMatch(stage -> stage.name().equals("same-byte")));
    assertTrue(Method.parse("same-byte+lz4").binding().startsWith("java+"));
  }
}
