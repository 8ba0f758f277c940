package emulha.analysis.drawing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A container with a JDK and nothing else has no fonts, and there the JDK cannot even load one that
 * it is given: all replays of a demo would be made, and then no figure drawn.
 */
final class TypefaceTest {
  /** Prints the width of a text, in a JVM of its own. */
  static final class Width {
    private Width() {}

    public static void main(String... args) {
      System.out.println(width());
    }
  }

  private static int width() {
    return (int)
        Typeface.sans(100)
            .getStringBounds("pages", new java.awt.font.FontRenderContext(null, true, true))
            .getWidth();
  }

  @Test
  void drawsTheSameWhereThereAreNoFonts(@TempDir Path directory)
      throws IOException, InterruptedException {
    // What fontconfig finds then; and the JDK keeps what it found in the home directory.
    Path none = Files.writeString(directory.resolve("fonts.conf"), "<fontconfig/>");
    Path said = directory.resolve("said");
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.home=" + directory,
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Width.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().putAll(Map.of("FONTCONFIG_FILE", none.toString()));
    int exit = builder.start().waitFor();
    String output = Files.readString(said, StandardCharsets.UTF_8);
    assertEquals(0, exit, output);
    assertEquals(width() + "\n", output);
  }
}
