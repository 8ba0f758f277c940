package emulha.traces.capture.uml;

import emulha.files.SparseFile;
import emulha.linux.Linux;
import emulha.memory.Page;
import emulha.traces.capture.tracking.Shadow;
import emulha.traces.capture.tracking.WriteTracker;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.function.LongConsumer;

/**
 * Compares a RAM file with a copy of it, but only where the file has data: the holes of a file are
 * zeros, and reading them through a mapping would fill them. Misses silent writes. Not thread-safe.
 */
final class ExtentTracker implements WriteTracker {
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[Page.BYTES]);

  private final Path file;
  private final MemorySegment memory;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment copy;
  private final int fd;
  private final BitSet nonzero = new BitSet();

  /**
   * Copies the memory as it is now.
   *
   * @param file a sparse file of whole pages
   * @param memory the same, mapped shared
   */
  ExtentTracker(Path file, MemorySegment memory) throws IOException {
    this.file = file;
    this.memory = memory;
    fd = Linux.open(file, Linux.O_RDONLY);
    try {
      copy = arena.allocate(memory.byteSize(), Page.BYTES);
      reset();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public String dirtyBy() {
    return "content diff of the RAM file's data: pages written with the same content are missing";
  }

  @Override
  public void collect(LongConsumer pfns) throws IOException {
    long size = memory.byteSize();
    long end = 0;
    for (SparseFile.Bytes data : SparseFile.dataBytes(file, fd, size)) {
      // A hole that begins within a page is taken as the whole page's data.
      long from = data.from() & -Page.BYTES;
      becameHole(end >>> Page.SHIFT, from >>> Page.SHIFT, pfns);
      end = Math.min(size, (data.to() + Page.BYTES - 1) & -Page.BYTES);
      Shadow.changed(
          memory,
          copy,
          from,
          end,
          pfn -> {
            nonzero.set(Math.toIntExact(pfn));
            pfns.accept(pfn);
          });
    }
    becameHole(end >>> Page.SHIFT, size >>> Page.SHIFT, pfns);
  }

  /** The content as it was when last compared; all zeros where the file had a hole. */
  MemorySegment copy() {
    return copy;
  }

  /** Pages that had data and are in a hole now, as when the guest's memory was given back. */
  private void becameHole(long first, long end, LongConsumer pfns) {
    for (int pfn = nonzero.nextSetBit(Math.toIntExact(first));
        pfn >= 0 && pfn < end;
        pfn = nonzero.nextSetBit(pfn + 1)) {
      MemorySegment page = copy.asSlice((long) pfn << Page.SHIFT, Page.BYTES);
      nonzero.clear(pfn);
      if (page.mismatch(ZEROS) >= 0) {
        page.fill((byte) 0);
        pfns.accept(pfn);
      }
    }
  }

  @Override
  public void close() {
    Linux.close(fd);
    arena.close();
  }
}
