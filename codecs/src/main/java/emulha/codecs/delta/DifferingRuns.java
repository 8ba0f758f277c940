package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * The maximal runs in which two contents of a page differ. Bytes, or 4-byte words, are what equals
 * or differs. Scratch memory of one thread.
 */
final class DifferingRuns {
  /** Edges are written in groups of this size, beyond the last one too. */
  private static final int GROUP = 4;

  private final Differences differences;

  /** Of the number of bytes that equal or differ together. */
  private final int shift;

  private final int[] edges = new int[Page.BYTES + 2 * GROUP];

  /** Runs of bytes, or of 4-byte words. */
  DifferingRuns(Differences differences, boolean words) {
    this.differences = differences;
    shift = words ? 2 : 0;
  }

  /**
   * Finds all runs of a page.
   *
   * @return twice their number; run {@code i} is of the bytes from {@code edges()[2 * i]} to before
   *     {@code edges()[2 * i + 1]}
   */
  int find(byte[] old, int oldOffset, byte[] page, int pageOffset) {
    int count = 0;
    long carry = 0;
    for (int first = 0; first < Page.BYTES >> shift; first += Long.SIZE) {
      int at = first << shift;
      long mask =
          shift == 0
              ? differences.mask(old, oldOffset + at, page, pageOffset + at)
              : differences.mask4(old, oldOffset + at, page, pageOffset + at);
      long changes = mask ^ (mask << 1 | carry);
      carry = mask >>> 63;
      int end = count + Long.bitCount(changes);
      // In groups, since the end of a loop over each single bit is hard to predict. The condition
      // is
      // not on the index, lest the compiler prepare a counted loop for a few rounds.
      while (changes != 0) {
        edges[count] = (first + Long.numberOfTrailingZeros(changes)) << shift;
        changes &= changes - 1;
        edges[count + 1] = (first + Long.numberOfTrailingZeros(changes)) << shift;
        changes &= changes - 1;
        edges[count + 2] = (first + Long.numberOfTrailingZeros(changes)) << shift;
        changes &= changes - 1;
        edges[count + 3] = (first + Long.numberOfTrailingZeros(changes)) << shift;
        changes &= changes - 1;
        count += GROUP;
      }
      count = end;
    }
    if (carry != 0) {
      edges[count++] = Page.BYTES;
    }
    return count;
  }

  int[] edges() {
    return edges;
  }
}
