package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs of the system: what is recorded, and what serves as an oracle. */
public final class SystemTools {
  private SystemTools() {}

  /** Skips the test if a program is absent, or fails it as {@link #lacking} does. */
  public static void require(String... programs) {
    for (String program : programs) {
      boolean found =
          Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
      if (!found) {
        lacking(program + " is not installed");
      }
    }
  }

  /** Skips the test, or fails it where the environment has EMULHA_REQUIRE_TOOLS. */
  public static void lacking(String what) {
    if (System.getenv("EMULHA_REQUIRE_TOOLS") != null) {
      fail(what);
    }
    Assumptions.abort(what);
  }

  /** Runs a program to its end and returns what it printed. */
  public static String run(Path directory, String... command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(List.of(command))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + "\n" + output);
    return output;
  }
}
