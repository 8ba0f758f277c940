package emulha.traces.capture.tracking;

import emulha.linux.Linux;
import emulha.memory.Page;
import emulha.traces.capture.MemoryMapping;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * The PAGEMAP_SCAN ioctl on another process's page table (Linux 6.7; {@code
 * Documentation/admin-guide/mm/pagemap.rst}): finds the pages written since they were last write
 * protected and protects them again, in one step.
 *
 * <pre>
 * struct pm_scan_arg, 12 × u64:  size flags start end walk_end vec vec_len max_pages
 *                                category_inverted category_mask category_anyof_mask return_mask
 * struct page_region, 3 × u64:   start end categories
 * </pre>
 *
 * Not thread-safe.
 */
public final class PagemapScan implements AutoCloseable {
  private static final long PAGEMAP_SCAN = 0xC0606610L;
  private static final long PM_SCAN_WP_MATCHING = 1;
  private static final long PM_SCAN_CHECK_WPASYNC = 2;
  private static final long PAGE_IS_WRITTEN = 2;

  private static final long ARGUMENT_BYTES = 96;
  private static final long REGION_BYTES = 24;
  private static final long REGIONS = 4096;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment argument = arena.allocate(ARGUMENT_BYTES, 8);
  private final MemorySegment regions = arena.allocate(REGIONS * REGION_BYTES, 8);
  private final long pid;
  private final int fd;

  /** Opens the page map of a process. */
  public PagemapScan(long pid) throws IOException {
    this.pid = pid;
    fd = Linux.open(Path.of("/proc", Long.toString(pid), "pagemap"), Linux.O_RDONLY);
  }

  /**
   * Reports the written pages of a mapping, ascending, and protects them again. The process should
   * be stopped: what it writes meanwhile belongs to this scan or to the next.
   *
   * @param pages told of each, numbered from the mapping's first
   * @throws IOException if the mapping is not registered for asynchronous write protection
   */
  public void scan(MemoryMapping mapping, LongConsumer pages) throws IOException {
    long from = mapping.start();
    while (from < mapping.end()) {
      argument.fill((byte) 0);
      put(0, ARGUMENT_BYTES);
      put(1, PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC);
      put(2, from);
      put(3, mapping.end());
      put(5, regions.address());
      put(6, REGIONS);
      put(9, PAGE_IS_WRITTEN);
      put(11, PAGE_IS_WRITTEN);
      int found = Linux.ioctl(fd, PAGEMAP_SCAN, argument);
      if (found < 0) {
        throw new IOException(
            "process %s: its writes cannot be tracked at %s, %s"
                .formatted(
                    pid,
                    Long.toHexString(from),
                    found == -Linux.EPERM
                        ? "the memory is not registered with userfaultfd WP_ASYNC"
                        : "PAGEMAP_SCAN: " + Linux.describe(-found)));
      }
      for (long i = 0; i < found; i++) {
        long first = regions.get(ValueLayout.JAVA_LONG, i * REGION_BYTES) - mapping.start();
        long end = regions.get(ValueLayout.JAVA_LONG, i * REGION_BYTES + 8) - mapping.start();
        for (long page = first >>> Page.SHIFT; page < end >>> Page.SHIFT; page++) {
          pages.accept(page);
        }
      }
      long walked = argument.get(ValueLayout.JAVA_LONG, 4 * 8);
      if (walked <= from || walked % Page.BYTES != 0) {
        throw new IOException(
            "process " + pid + ": PAGEMAP_SCAN made no progress at " + Long.toHexString(from));
      }
      from = walked;
    }
  }

  private void put(long index, long value) {
    argument.set(ValueLayout.JAVA_LONG, index * 8, value);
  }

  @Override
  public void close() {
    Linux.close(fd);
    arena.close();
  }
}
