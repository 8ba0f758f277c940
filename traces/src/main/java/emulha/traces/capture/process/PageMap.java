package emulha.traces.capture.process;

import emulha.traces.capture.GuestGoneException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * {@code /proc/PID/pagemap}: 8 bytes for each virtual page ({@code
 * Documentation/admin-guide/mm/pagemap.rst}). Not thread-safe.
 */
final class PageMap implements AutoCloseable {
  private static final long PRESENT = 1L << 63;
  private static final long SWAPPED = 1L << 62;
  private static final long FILE_OR_SHARED = 1L << 61;
  private static final long EXCLUSIVE = 1L << 56;
  private static final long SOFT_DIRTY = 1L << 55;

  private final long pid;
  private final FileChannel file;

  PageMap(long pid) throws IOException {
    this.pid = pid;
    file =
        FileChannel.open(Path.of("/proc", Long.toString(pid), "pagemap"), StandardOpenOption.READ);
  }

  /**
   * The entries of {@code count} pages; those that are not mapped have none of the bits.
   *
   * @throws GuestGoneException if the memory is gone that the process had when this was opened
   */
  long[] read(long firstPage, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count * 8).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, firstPage * 8 + bytes.position()) <= 0) {
        throw new GuestGoneException(
            "process " + pid + ": its memory is gone; it ended, or became another program");
      }
    }
    long[] entries = new long[count];
    bytes.flip().asLongBuffer().get(entries);
    return entries;
  }

  /** Whether the page has content of the process's own. */
  static boolean isPrivate(long entry) {
    return (entry & (PRESENT | SWAPPED)) != 0L && (entry & FILE_OR_SHARED) == 0;
  }

  static boolean softDirty(long entry) {
    return (entry & SOFT_DIRTY) != 0;
  }

  /**
   * Whether the page is mapped elsewhere, too, as the zero page is that stands for one that was
   * given back and is only read since: its content changed, and nothing marks it.
   */
  static boolean mayBeZeroPage(long entry) {
    return (entry & (PRESENT | EXCLUSIVE)) == PRESENT;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
