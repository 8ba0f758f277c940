package emulha.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Why a native library cannot be loaded, which the libraries themselves say at length and not. */
final class NativeLoading {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /** Columns of a line of it. */
  private static final int MOUNT_POINT = 4;

  private static final int OPTIONS = 5;

  private NativeLoading() {}

  /**
   * What to tell the user.
   *
   * @param temporary where libraries are unpacked
   */
  static String problem(LinkageError error, Path temporary) {
    try {
      if (Files.exists(MOUNTS)
          && isNoexec(temporary.toRealPath(), Files.readAllLines(MOUNTS, StandardCharsets.UTF_8))) {
        return "%s is mounted noexec, so no native library can be loaded from there; set TMPDIR to another directory"
            .formatted(temporary);
      }
    } catch (IOException e) {
      error.addSuppressed(e);
    }
    Throwable reason = error.getCause() == null ? error : error.getCause();
    return reason instanceof RuntimeException
        ? "internal error: " + reason
        : "a native library cannot be loaded from %s: %s".formatted(temporary, reason.getMessage());
  }

  /**
   * Whether a directory is on a file system that is mounted so.
   *
   * @param mounts lines as of {@code /proc/self/mountinfo}; see proc(5)
   */
  static boolean isNoexec(Path directory, List<String> mounts) {
    return mounts.stream()
        .map(line -> line.split(" ", -1))
        .filter(columns -> columns.length > OPTIONS && directory.startsWith(point(columns)))
        // The deepest; of two at one place, the later covers the earlier.
        .reduce((one, next) -> point(next).startsWith(point(one)) ? next : one)
        .map(columns -> List.of(columns[OPTIONS].split(",", -1)).contains("noexec"))
        .orElse(false);
  }

  private static Path point(String[] columns) {
    String path = columns[MOUNT_POINT];
    return Path.of(path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"));
  }
}
