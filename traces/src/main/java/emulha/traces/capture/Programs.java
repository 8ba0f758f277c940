package emulha.traces.capture;

import emulha.files.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the system that a recording needs, and what of it runs in guests. */
public final class Programs {
  private static final int TIMEOUT_S = 60;

  private Programs() {}

  /**
   * Requires a program on the search path.
   *
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

  /** What a program that ended wrote to either stream. */
  public record Answer(boolean succeeded, String text) {
    /** The first line, or what it says that there is none. */
    public String firstLine(String none) {
      return text.lines().findFirst().orElse(none);
    }
  }

  /**
   * Runs a program to its end.
   *
   * @throws IOException if it does not start, or has not ended in {@value #TIMEOUT_S} s
   */
  public static Answer run(List<String> command) throws IOException {
    Path output = Scratch.file("output");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        if (!ends(process, TimeUnit.SECONDS.toMillis(TIMEOUT_S), command.getFirst() + " ran")) {
          throw new IOException(command.getFirst() + " did not finish in " + TIMEOUT_S + " s");
        }
      } finally {
        process.destroyForcibly();
      }
      // What is not UTF-8 must not keep an error from being told.
      String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
      return new Answer(process.exitValue() == 0, text.strip());
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /**
   * Waits for the end of a process; whether it came in so many milliseconds.
   *
   * @param meanwhile what goes on, for the error
   * @throws IOException if interrupted
   */
  public static boolean ends(Process process, long ms, String meanwhile) throws IOException {
    try {
      return process.waitFor(ms, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + meanwhile, e);
    }
  }

  /** A file that comes with the recorders, by its name beside this class. */
  public static byte[] own(String resource) throws IOException {
    try (InputStream in = Programs.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + ": missing from the program");
      }
      return in.readAllBytes();
    }
  }
}
