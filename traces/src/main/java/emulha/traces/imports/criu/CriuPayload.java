package emulha.traces.imports.criu;

import emulha.memory.Page;

/**
 * Where the contents of one entry's pages stand in the pages file: one page after the other, or in
 * blocks of so many pages, each compressed alone.
 *
 * <p>Of a block, size 0 says that its pages are zero; the size of its pages, that they stand there
 * as they are; any other size, that an LZ4 block does. The last block of an entry may have fewer
 * pages (CRIU's pull requests 2895 and 3115).
 */
final class CriuPayload {
  /** Largest block, in bytes of its pages. */
  static final int MAX_BLOCK_BYTES = 4 << 20;

  private final long begin;
  private final long pages;
  private final int blockPages;

  /** Where the blocks begin, and where the last one ends; empty if there are none. */
  private final long[] offsets;

  private CriuPayload(long begin, long pages, int blockPages, long[] offsets) {
    this.begin = begin;
    this.pages = pages;
    this.blockPages = blockPages;
    this.offsets = offsets;
  }

  /** Pages as they are. */
  static CriuPayload plain(long begin, long pages) {
    return new CriuPayload(begin, pages, 1, new long[0]);
  }

  /**
   * Pages in blocks.
   *
   * @param begin offset of the first block in the pages file
   * @param pages the entry's
   * @param blockPages pages of each block but the last
   * @param sizes of the blocks in bytes, as stored
   * @throws IllegalArgumentException if these do not go together; says why
   */
  static CriuPayload blocks(long begin, long pages, long blockPages, int[] sizes) {
    if (blockPages < 1 || blockPages > MAX_BLOCK_BYTES >>> Page.SHIFT) {
      throw new IllegalArgumentException(
          "expected blocks of at most %d bytes, found %s pages"
              .formatted(MAX_BLOCK_BYTES, Long.toUnsignedString(blockPages)));
    }
    long expected = (pages - 1) / blockPages + 1;
    if (sizes.length != expected) {
      throw new IllegalArgumentException(
          "expected %d blocks of compressed pages, found %d".formatted(expected, sizes.length));
    }
    long[] offsets = new long[sizes.length + 1];
    offsets[0] = begin;
    var payload = new CriuPayload(begin, pages, (int) blockPages, offsets);
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] < 0 || sizes[i] > payload.contentBytes(i)) {
        throw new IllegalArgumentException(
            "block %d of compressed pages takes %s bytes, more than its pages"
                .formatted(i, Integer.toUnsignedString(sizes[i])));
      }
      offsets[i + 1] = offsets[i] + sizes[i];
    }
    return payload;
  }

  boolean isBlocks() {
    return offsets.length > 0;
  }

  /**
   * Offset of the first byte after it; the greatest number if that is more than a file can have.
   */
  long end() {
    if (isBlocks()) {
      return offsets[offsets.length - 1];
    }
    return pages > (Long.MAX_VALUE - begin) >>> Page.SHIFT
        ? Long.MAX_VALUE
        : begin + (pages << Page.SHIFT);
  }

  /** Offset of a page, or of the block that it is in. */
  long place(long page) {
    return isBlocks() ? offsets[blockOf(page)] : begin + (page << Page.SHIFT);
  }

  /** Bytes that a page takes in the file, or the block that it is in. */
  int storedBytes(long page) {
    int block = blockOf(page);
    return isBlocks() ? (int) (offsets[block + 1] - offsets[block]) : Page.BYTES;
  }

  int blockOf(long page) {
    return (int) (page / blockPages);
  }

  /** The page's place in its block, in bytes of the block's pages. */
  int placeInBlock(long page) {
    return (int) (page % blockPages) << Page.SHIFT;
  }

  /** Bytes of a block's pages. */
  int contentBytes(int block) {
    return (int) Math.min(blockPages, pages - (long) block * blockPages) << Page.SHIFT;
  }
}
