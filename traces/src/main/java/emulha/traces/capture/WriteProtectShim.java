package emulha.traces.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The library that registers a program's memory from within, {@code write-protect.c}: compiled with
 * the system's cc, then preloaded into the program.
 */
public final class WriteProtectShim {
  private static final String SOURCE = "write-protect.c";

  private WriteProtectShim() {}

  /**
   * Compiles the shim.
   *
   * @param library where to put the shared library
   * @throws IOException if there is no compiler or it fails
   */
  public static void compile(Path library) throws IOException {
    Path absolute = library.toAbsolutePath();
    Path source = absolute.resolveSibling(absolute.getFileName() + ".c");
    Path log = absolute.resolveSibling(absolute.getFileName() + ".log");
    Files.createDirectories(absolute.getParent());
    try (InputStream in = WriteProtectShim.class.getResourceAsStream(SOURCE)) {
      if (in == null) {
        throw new IOException(SOURCE + ": missing from the program");
      }
      Files.write(source, in.readAllBytes());
      Programs.require("cc", "gcc");
      var process =
          new ProcessBuilder(
                  "cc", "-O2", "-shared", "-fPIC", "-o", absolute.toString(), source.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("cc did not finish in 60 s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "cc cannot compile the write tracking shim: "
                + Files.readString(log, StandardCharsets.UTF_8).lines().findFirst().orElse(""));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while compiling the write tracking shim", e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      Files.deleteIfExists(source);
      Files.deleteIfExists(log);
    }
  }

  /**
   * What to add to a program's environment.
   *
   * @param library the compiled shim
   * @param tracked the file whose shared mappings are to be tracked
   */
  public static Map<String, String> environment(Path library, Path tracked) {
    return Map.of(
        "LD_PRELOAD", library.toAbsolutePath().toString(),
        "EMULHA_TRACK", tracked.toAbsolutePath().toString());
  }
}
