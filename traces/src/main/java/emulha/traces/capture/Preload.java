package emulha.traces.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Libraries that are preloaded into a recorded program, compiled with the system's cc. */
public final class Preload {
  private Preload() {}

  /**
   * Compiles one.
   *
   * @param resource its source, beside this class
   * @param library where to put the shared library
   * @throws IOException if there is no compiler or it fails, or the library could not be preloaded
   */
  public static void compile(String resource, Path library) throws IOException {
    Path absolute = library.toAbsolutePath();
    if (absolute.toString().matches(".*[ :].*")) {
      throw new IOException(
          absolute
              + ": cannot be preloaded, its path has a blank or a colon; take another directory"
              + " (TMPDIR)");
    }
    Path source = absolute.resolveSibling(absolute.getFileName() + ".c");
    Path log = absolute.resolveSibling(absolute.getFileName() + ".log");
    Files.createDirectories(absolute.getParent());
    try (InputStream in = Preload.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + ": missing from the program");
      }
      Files.write(source, in.readAllBytes());
      Programs.require("cc", "gcc");
      var process =
          new ProcessBuilder(
                  "cc",
                  "-O2",
                  "-shared",
                  "-fPIC",
                  "-pthread",
                  "-o",
                  absolute.toString(),
                  source.toString(),
                  "-ldl")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("cc did not finish in 60 s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "cc cannot compile %s: %s"
                .formatted(
                    resource,
                    Files.readString(log, StandardCharsets.UTF_8).lines().findFirst().orElse("")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while compiling " + resource, e);
    } finally {
      Files.deleteIfExists(source);
      Files.deleteIfExists(log);
    }
  }
}
