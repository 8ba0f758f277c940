package emulha.traces.capture.process;

import emulha.linux.Linux;
import emulha.memory.Page;
import emulha.traces.capture.MemoryMapping;
import emulha.traces.capture.Processes;
import emulha.traces.capture.tracking.PagemapScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * True write tracking of a process's private memory from outside, through a userfaultfd that the
 * process opened ({@code write-descriptor.c}) and that is taken over. Every mapping is registered
 * again at each checkpoint, so that new ones are tracked from then on; a page of a mapping that was
 * not yet registered counts as written. Every call is made while the process is stopped. Not
 * thread-safe.
 */
final class ProcessWrites implements AutoCloseable {
  /**
   *
   *
   * <pre>
   * struct uffdio_register, 4 × u64: start length mode ioctls; _IOWR(0xAA, 0, …)
   * </pre>
   */
  private static final long UFFDIO_REGISTER = 0xC020AA00L;

  private static final long REGISTER_BYTES = 32;
  private static final long MODE_WP = 2;

  private final long pid;
  private final int descriptor;
  private final PagemapScan scan;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment range = arena.allocate(REGISTER_BYTES, 8);
  private final Map<Long, BitSet> written = new HashMap<>();

  private ProcessWrites(long pid, int descriptor) throws IOException {
    this.pid = pid;
    this.descriptor = descriptor;
    try {
      scan = new PagemapScan(pid);
    } catch (IOException e) {
      Linux.close(descriptor);
      throw e;
    }
  }

  /** Whether the process has a userfaultfd open, as one has that was started for tracking. */
  static boolean offered(long pid) throws IOException {
    return find(pid) >= 0;
  }

  /**
   * Takes over the process's descriptor.
   *
   * @throws IOException if it has none, or it may not be taken
   */
  static ProcessWrites of(long pid) throws IOException {
    int theirs = find(pid);
    if (theirs < 0) {
      throw new IOException(
          "process "
              + pid
              + ": has no userfaultfd, so its writes cannot be tracked; let it be started here:"
              + " traces capture process DEST -- COMMAND");
    }
    return new ProcessWrites(pid, Linux.takeOver(pid, theirs));
  }

  private static int find(long pid) throws IOException {
    Path link = Processes.openFile(pid, target -> target.contains("[userfaultfd]"));
    return link == null ? -1 : Integer.parseInt(link.getFileName().toString());
  }

  /** Finds what was written since the last time, and tracks all private memory from now on. */
  void collect() throws IOException {
    written.clear();
    for (MemoryMapping mapping : MemoryMapping.of(pid)) {
      if (!mapping.isOwn()) {
        continue;
      }
      range.fill((byte) 0);
      range.set(ValueLayout.JAVA_LONG, 0, mapping.start());
      range.set(ValueLayout.JAVA_LONG, 8, mapping.bytes());
      range.set(ValueLayout.JAVA_LONG, 16, MODE_WP);
      int result = Linux.ioctl(descriptor, UFFDIO_REGISTER, range);
      if (result < 0) {
        throw new IOException(
            "process %s: its memory at %s cannot be tracked, UFFDIO_REGISTER: %s; record with --tracker diff"
                .formatted(pid, Long.toHexString(mapping.start()), Linux.describe(-result)));
      }
      var pages = new BitSet();
      scan.scan(mapping, page -> pages.set(Math.toIntExact(page)));
      written.put(mapping.start() >>> Page.SHIFT, pages);
    }
  }

  /** Whether a page of a mapping was written, as the last {@link #collect} found. */
  boolean written(long mappingFirstPage, long page) {
    BitSet pages = written.get(mappingFirstPage);
    return pages == null || pages.get(Math.toIntExact(page - mappingFirstPage));
  }

  @Override
  public void close() {
    scan.close();
    Linux.close(descriptor);
    arena.close();
  }
}
