package emulha.traces.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Links in {@code /proc/PID/fd}. */
public final class OpenFiles {
  private OpenFiles() {}

  /** What a link names; empty if a running process closed the file meanwhile. */
  public static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
