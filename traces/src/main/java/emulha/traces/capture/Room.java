package emulha.traces.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Whether a recording fits where it is written, asked before hours are spent on it. */
public final class Room {
  /**
   * Checkpoints after which the size of a recording is estimated from what it takes so far; a
   * recording of no more is not.
   */
  public static final int ESTIMATED_AFTER = 40;

  private Room() {}

  /**
   * Requires room for a guest's RAM in shared memory.
   *
   * @return the directory of shared memory
   */
  public static Path forGuest(GuestDefinition guest) throws IOException {
    Path shared = Path.of("/dev/shm");
    if (!Files.isDirectory(shared)) {
      throw new IOException(shared + ": not there; guest RAM must lie in shared memory");
    }
    if (free(shared) < guest.memoryMib() * (1L << 20)) {
      throw new IOException(
          shared + ": no room for " + guest.memoryMib() + " MiB of guest RAM; enlarge it");
    }
    return shared;
  }

  /**
   * Requires room for a recording whose size is known.
   *
   * @param directory where it is written
   * @param bytes that it takes; 0 if not known
   * @throws IOException if there is less
   */
  public static void require(Path directory, long bytes, String recording) throws IOException {
    long free = free(directory);
    if (free < bytes) {
      throw new IOException(
          "%s: %s takes %s while it is packed, and %s are free; make room, or write elsewhere"
              .formatted(directory, recording, gigabytes(bytes), gigabytes(free)));
    }
  }

  /**
   * Requires room for the rest of a recording, which goes on as it began.
   *
   * @param recordedBytes what its first checkpoints take
   * @param copiedBytes what of it is there twice at the end
   * @throws IOException if there is less
   */
  public static void requireRest(
      Path directory, long recordedBytes, long copiedBytes, int recorded, int checkpoints)
      throws IOException {
    double each = (double) recordedBytes / recorded;
    long rest = (long) (each * (checkpoints - recorded));
    long copied = copiedBytes == 0 ? 0 : copiedBytes + rest;
    long free = free(directory);
    if (free < rest + copied) {
      long more = each == 0 ? 0 : (long) ((free - copiedBytes) / (each * (copied == 0 ? 1 : 2)));
      throw new IOException(
          ("%s: after %d checkpoints, %d are expected to take %s more, and %s are free; make room,"
                  + " write elsewhere, or record at most %d")
              .formatted(
                  directory,
                  recorded,
                  checkpoints,
                  gigabytes(rest + copied),
                  gigabytes(free),
                  Math.max(0, recorded + more)));
    }
  }

  private static long free(Path directory) throws IOException {
    Path there = directory.toAbsolutePath();
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    return Files.getFileStore(there).getUsableSpace();
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
