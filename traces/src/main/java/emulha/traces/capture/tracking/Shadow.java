package emulha.traces.capture.tracking;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.function.LongConsumer;

/**
 * A copy of a memory as it was, against which the memory as it is can be compared: finds the pages
 * whose content changed, whether anybody marked them or not. Not thread-safe.
 */
public final class Shadow implements AutoCloseable {
  private final MemorySegment memory;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment copy;

  /** Copies the memory as it is now. */
  public Shadow(MemorySegment memory) {
    this.memory = memory;
    copy = arena.allocate(memory.byteSize(), Page.BYTES);
    copy.copyFrom(memory);
  }

  /** Reports the pages that differ from the copy, ascending, and brings the copy up to date. */
  void changed(LongConsumer pfns) {
    changed(memory, copy, 0, memory.byteSize(), pfns);
  }

  /** The same of a part of a memory and of a copy, from a page on. */
  public static void changed(
      MemorySegment memory, MemorySegment copy, long start, long end, LongConsumer pfns) {
    long from = start;
    while (from < end) {
      long differs = MemorySegment.mismatch(memory, from, end, copy, from, end);
      if (differs < 0) {
        return;
      }
      long pfn = (from + differs) >>> Page.SHIFT;
      from = pfn << Page.SHIFT;
      MemorySegment.copy(memory, from, copy, from, Page.BYTES);
      pfns.accept(pfn);
      from += Page.BYTES;
    }
  }

  /**
   * Compares what changed with what a tracker reported.
   *
   * @param written pages that the tracker reported
   * @return how many of them did not change
   * @throws IOException if a page changed that the tracker did not report
   */
  public long check(DirtyPages written) throws IOException {
    var missed = new BitSet();
    changed(pfn -> missed.set(Math.toIntExact(pfn)));
    long changed = missed.cardinality();
    for (int i = 0; i < written.count(); i++) {
      missed.clear(Math.toIntExact(written.pfn(i)));
    }
    if (!missed.isEmpty()) {
      throw new IOException(
          "write tracking missed %s changed pages, the first is page frame %s; record with --tracker diff"
              .formatted(missed.cardinality(), missed.nextSetBit(0)));
    }
    return written.count() - changed;
  }

  /**
   * Brings the copy up to date where pages were reported, without a look at the others.
   *
   * @return how many of them did not change
   */
  public long take(DirtyPages written) {
    long same = 0;
    for (int i = 0; i < written.count(); i++) {
      long at = written.pfn(i) << Page.SHIFT;
      long end = at + Page.BYTES;
      if (MemorySegment.mismatch(memory, at, end, copy, at, end) < 0) {
        same++;
      } else {
        MemorySegment.copy(memory, at, copy, at, Page.BYTES);
      }
    }
    return same;
  }

  @Override
  public void close() {
    arena.close();
  }
}
