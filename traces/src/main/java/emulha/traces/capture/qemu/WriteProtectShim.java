package emulha.traces.capture.qemu;

import emulha.traces.capture.Preload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

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
    Preload.compile(SOURCE, library);
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
