package emulha.traces.capture.tracking;

import emulha.memory.Page;
import emulha.traces.capture.MemoryMapping;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * True write tracking of one shared mapping in another process, which registered the mapping with
 * userfaultfd for asynchronous write protection ({@link
 * emulha.traces.capture.Preload#WRITE_PROTECT}).
 */
final class WriteProtectTracker implements WriteTracker {
  private final PagemapScan scan;
  private final MemoryMapping mapping;

  /**
   * @throws IOException if the mapping is not registered or the kernel has no PAGEMAP_SCAN
   */
  WriteProtectTracker(long pid, MemoryMapping mapping) throws IOException {
    this.mapping = mapping;
    scan = new PagemapScan(pid);
    try {
      reset();
    } catch (IOException e) {
      scan.close();
      throw e;
    }
  }

  @Override
  public String dirtyBy() {
    return "userfaultfd WP_ASYNC registered inside the tracked program, PAGEMAP_SCAN from outside:"
        + " all written pages, also those written with the same content";
  }

  @Override
  public boolean seesSilentWrites() {
    return true;
  }

  @Override
  public void collect(LongConsumer pfns) throws IOException {
    long first = mapping.fileOffset() >>> Page.SHIFT;
    scan.scan(mapping, page -> pfns.accept(first + page));
  }

  @Override
  public void close() {
    scan.close();
  }
}
