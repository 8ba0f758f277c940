package emulha.traces.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Programs of the system that a recording needs. */
public final class Programs {
  private Programs() {}

  /**
   * Requires a program on the search path.
   *
   * @param program its name
   * @param debianPackage the Debian package that has it
   * @return where it is
   * @throws IOException if it is not there; says what to install
   */
  public static Path require(String program, String debianPackage) throws IOException {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    program + " not found; install it: apt-get install " + debianPackage));
  }
}
