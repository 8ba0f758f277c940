package emulha.traces.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Small libraries that are preloaded into what is recorded: compiled with the system's cc. */
final class Preload {
  private Preload() {}

  /**
   * Compiles one of the program's own sources.
   *
   * @param source the name of the resource
   * @param library where to put the shared library
   * @throws IOException if there is no compiler or it fails
   */
  static void compile(String source, Path library) throws IOException {
    Programs.require("cc", "gcc");
    Path absolute = library.toAbsolutePath();
    Path file = absolute.resolveSibling(absolute.getFileName() + ".c");
    Path log = absolute.resolveSibling(absolute.getFileName() + ".log");
    try {
      Files.write(file, resource(source));
      var process =
          new ProcessBuilder(
                  "cc", "-O2", "-shared", "-fPIC", "-o", absolute.toString(), file.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("cc did not finish in 60 s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "cc cannot compile "
                + source
                + ": "
                + Files.readString(log, StandardCharsets.UTF_8).lines().findFirst().orElse(""));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while compiling " + source, e);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(log);
    }
  }

  /** The content of one of the program's own files. */
  static byte[] resource(String name) throws IOException {
    try (InputStream in = Preload.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + ": missing from the program");
      }
      return in.readAllBytes();
    }
  }
}
