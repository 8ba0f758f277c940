package emulha.testsupport;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a test needs of the machine: skipped without, failed without where all must be there. */
public final class Requirements {
  private Requirements() {}

  /** Whether a program is on the path. */
  private static boolean has(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** Programs on the path. */
  public static void programs(String... names) {
    for (String name : names) {
      if (!has(name)) {
        lacking(name + " is not installed");
      }
    }
  }

  /** The rights of root, which are asked for nowhere: skips the test without. */
  public static void root() throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      abort("needs root");
    }
  }

  /** Skips the test, or fails it where the environment has EMULHA_REQUIRE_TOOLS. */
  public static void lacking(String what) {
    if (System.getenv("EMULHA_REQUIRE_TOOLS") != null) {
      fail(what);
    }
    abort(what);
  }
}
