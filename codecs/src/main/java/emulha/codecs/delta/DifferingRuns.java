package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * The maximal runs in which two contents of a page differ. Bytes, or 4-byte words, are what equals
 * or differs. Scratch memory of one thread.
 */
final class DifferingRuns {
  /** Edges are written in groups of this size, beyond the last one too. */
  private static final int GROUP = 4;

  private static final long EACH_FOURTH = 0x1111111111111111L;

  private final Differences differences;
  private final boolean words;
  private final int[] edges = new int[Page.BYTES + 2 * GROUP];

  /** Runs of bytes, or of 4-byte words. */
  DifferingRuns(Differences differences, boolean words) {
    this.differences = differences;
    this.words = words;
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
    for (int first = 0; first < Page.BYTES; first += Differences.LINE) {
      long mask = differences.mask(old, oldOffset + first, page, pageOffset + first);
      if (words) {
        mask = wholeWords(mask);
      }
      long changes = mask ^ (mask << 1 | carry);
      carry = mask >>> 63;
      int end = count + Long.bitCount(changes);
      // In groups, since the end of a loop over each single bit is hard to predict. The condition
      // is
      // not on the index, lest the compiler prepare a counted loop for a few rounds.
      while (changes != 0) {
        edges[count] = first + Long.numberOfTrailingZeros(changes);
        changes &= changes - 1;
        edges[count + 1] = first + Long.numberOfTrailingZeros(changes);
        changes &= changes - 1;
        edges[count + 2] = first + Long.numberOfTrailingZeros(changes);
        changes &= changes - 1;
        edges[count + 3] = first + Long.numberOfTrailingZeros(changes);
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

  /** Sets all four bits of a word of which any is set. */
  private static long wholeWords(long mask) {
    long pairs = mask | mask >>> 1;
    long first = (pairs | pairs >>> 2) & EACH_FOURTH;
    return (first << 4) - first;
  }
}
