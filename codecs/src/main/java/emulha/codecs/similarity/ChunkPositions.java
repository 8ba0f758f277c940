package emulha.codecs.similarity;

import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.Arrays;

/**
 * Where the chunks of the checkpoint at hand are, over all VMs. A location is what a pointer is
 * made of: the VM's number in the upper 6 bits, the chunk's number in that VM's checkpoint in the
 * lower 26. Chunks of fixed length are numbered by their place, others in the order they are added.
 */
final class ChunkPositions {
  static final int MAX_VMS = 1 << 6;
  private static final int NUMBER_BITS = 26;
  private static final int MAX_CHUNKS = 1 << NUMBER_BITS;

  /** Numbers that tell where a chunk of varying length is. */
  private static final int EXTENT = 3;

  /** Length of a chunk, a power of two; 0 if lengths vary. */
  private final int fixedLength;

  private final int pageShift;

  private final DirtyPages[] pages;

  /** Of each VM, how many chunk numbers have a content yet. */
  private final int[] counts;

  /** With varying lengths, of each VM and chunk: page, start and length. */
  private final int[][] extents;

  private int vm;

  /**
   * @param fixedLength length of all chunks, a power of two, or 0 if lengths vary
   * @throws IllegalArgumentException if there are more VMs than pointers can tell apart
   */
  ChunkPositions(int vms, int fixedLength, PageSize pageSize) {
    if (vms > MAX_VMS) {
      throw new IllegalArgumentException(
          "similarity takes at most %d VMs (6 bits of a pointer), got %d; replay fewer at once"
              .formatted(MAX_VMS, vms));
    }
    this.fixedLength = fixedLength;
    pageShift = pageSize.shift();
    pages = new DirtyPages[vms];
    Arrays.setAll(pages, i -> new DirtyPages(pageSize));
    counts = new int[vms];
    extents = new int[vms][0];
  }

  /** All VMs' chunks are forgotten. */
  void clear() {
    Arrays.fill(counts, 0);
  }

  /** Chunks of this VM are added from now on. */
  void beginVm(int vm, DirtyPages pages) {
    this.vm = vm;
    this.pages[vm] = pages;
  }

  /**
   * Adds a chunk, which is at or after all others of the VM.
   *
   * @return its location
   * @throws IllegalArgumentException if there are more chunks than pointers can tell apart
   */
  int add(int page, int start, int length) {
    long number =
        fixedLength > 0
            ? ((long) page << pageShift | start) >>> Integer.numberOfTrailingZeros(fixedLength)
            : counts[vm];
    if (number >= MAX_CHUNKS) {
      throw new IllegalArgumentException(
          ("similarity takes at most %d chunks per VM and checkpoint (26 bits of a pointer);"
                  + " use a larger chunk")
              .formatted(MAX_CHUNKS));
    }
    if (fixedLength == 0) {
      int at = (int) number * EXTENT;
      if (at == extents[vm].length) {
        extents[vm] = Arrays.copyOf(extents[vm], Math.max(512 * EXTENT, at * 2));
      }
      extents[vm][at] = page;
      extents[vm][at + 1] = start;
      extents[vm][at + 2] = length;
    }
    counts[vm] = (int) number + 1;
    return vm << NUMBER_BITS | (int) number;
  }

  /** The VM of a location. */
  static int vm(int location) {
    return location >>> NUMBER_BITS;
  }

  /** Whether a chunk has been added at this location, or a page with a later chunk. */
  boolean contains(int location) {
    return vm(location) < counts.length && number(location) < counts[vm(location)];
  }

  /** The array that holds a chunk. */
  byte[] array(int location) {
    return pages[vm(location)].slab(page(location));
  }

  /** Where in {@link #array} a chunk begins. */
  int offset(int location) {
    int start =
        fixedLength > 0
            ? (int) ((long) number(location) * fixedLength & ((1 << pageShift) - 1))
            : extents[vm(location)][number(location) * EXTENT + 1];
    return pages[vm(location)].offset(page(location)) + start;
  }

  int length(int location) {
    return fixedLength > 0 ? fixedLength : extents[vm(location)][number(location) * EXTENT + 2];
  }

  private int page(int location) {
    return fixedLength > 0
        ? (int) (((long) number(location) * fixedLength) >>> pageShift)
        : extents[vm(location)][number(location) * EXTENT];
  }

  private static int number(int location) {
    return location & (MAX_CHUNKS - 1);
  }
}
