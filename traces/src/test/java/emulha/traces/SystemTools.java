package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Programs of the system that serve as oracles. */
final class SystemTools {
  private static final Map<String, String> ENVIRONMENT = System.getenv();

  private SystemTools() {}

  /** Skips the test if a program is absent; fails it where EMULHA_REQUIRE_TOOLS=1. */
  static void require(String... programs) {
    for (String program : programs) {
      boolean found =
          Arrays.stream(ENVIRONMENT.getOrDefault("PATH", "").split(File.pathSeparator))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
      if (!found && "1".equals(ENVIRONMENT.get("EMULHA_REQUIRE_TOOLS"))) {
        fail(program + " is not installed");
      }
      assumeTrue(found, program + " is not installed");
    }
  }

  /** Runs a program to its end and returns what it printed. */
  static String run(Path directory, String... command) throws IOException, InterruptedException {
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
