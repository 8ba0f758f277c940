package emulha.traces.capture;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What a test needs of the machine: skipped without, failed without where all must be there. */
final class Requirements {
  private Requirements() {}

  /** A program on the path. */
  static void program(String name) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
      if (Files.isExecutable(Path.of(directory, name))) {
        return;
      }
    }
    lacking(name + " is not installed");
  }

  /** Skips the test, or fails it if EMULHA_REQUIRE_TOOLS=1. */
  static void lacking(String what) {
    if ("1".equals(System.getenv("EMULHA_REQUIRE_TOOLS"))) {
      fail(what);
    }
    Assumptions.abort(what);
  }
}
