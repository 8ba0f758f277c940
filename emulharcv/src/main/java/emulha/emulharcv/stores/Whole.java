package emulha.emulharcv.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Reads and writes at a place of a file that are not cut short. */
final class Whole {
  private Whole() {}

  /**
   * Writes all that remains in a buffer.
   *
   * @param file named in errors
   */
  static void write(FileChannel channel, Path file, ByteBuffer bytes, long at) throws IOException {
    try {
      for (long next = at; bytes.hasRemaining(); ) {
        next += channel.write(bytes, next);
      }
    } catch (IOException e) {
      throw new IOException("cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Fills what remains in a buffer; false if the file ends before. */
  static boolean read(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    for (long next = at; bytes.hasRemaining(); ) {
      int n = channel.read(bytes, next);
      if (n < 0) {
        return false;
      }
      next += n;
    }
    return true;
  }
}
