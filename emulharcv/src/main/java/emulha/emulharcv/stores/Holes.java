package emulha.emulharcv.stores;

import emulha.linux.Linux;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Punches holes into a file. Whole blocks of 4096 bytes are given back to the file system. Linux
 * only. Not thread-safe.
 */
final class Holes implements AutoCloseable {
  private final Path path;
  private final int file;

  /** Opens a file to punch. */
  Holes(Path path) throws IOException {
    this.path = path;
    file = Linux.open(path, Linux.O_WRONLY);
  }

  /** Makes a range read as zeros and take no space. */
  void punch(long offset, long length) throws IOException {
    int result = Linux.punchHole(file, offset, length);
    if (result != 0) {
      throw new IOException(
          "%s: cannot punch a hole, error %d; the file system must have them (ext4, XFS, tmpfs)"
              .formatted(path, -result));
    }
  }

  @Override
  public void close() {
    Linux.close(file);
  }
}
