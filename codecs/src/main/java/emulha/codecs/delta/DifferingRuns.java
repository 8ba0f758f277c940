package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * The maximal runs in which two contents of a page differ. Bytes, or 4-byte words, are what equals
 * or differs. Scratch memory of one thread.
 */
final class DifferingRuns {
  /** Edges are written in groups of this size, beyond the last one too. */
  private static final int GROUP = 4;

  /** Above this number of edges a page is copied whole. */
  private static final int FEW = 128;

  private final Differences differences;

  /** Of the number of bytes that equal or differ together. */
  private final int shift;

  /** Of each 64 bytes or words, which of them begins a run or is the first behind one. */
  private final long[] changes;

  /** Bit i is 1 if there is one in {@code changes[i]}. */
  private long changed;

  /** Whether the last byte or word differs: 1 if it does. */
  private long open;

  private int count;

  private final int[] edges = new int[Page.BYTES + 2 * GROUP];

  /** Runs of bytes, or of 4-byte words. */
  DifferingRuns(Differences differences, boolean words) {
    this.differences = differences;
    shift = words ? 2 : 0;
    changes = new long[(Page.BYTES / Long.SIZE) >> shift];
  }

  /**
   * Finds all runs of a page.
   *
   * @return twice their number; run {@code i} is of the bytes from {@code edges()[2 * i]} to before
   *     {@code edges()[2 * i + 1]}
   */
  int find(byte[] old, int oldOffset, byte[] page, int pageOffset) {
    if (shift == 0) {
      compareBytes(old, oldOffset, page, pageOffset);
    } else {
      compareWords(old, oldOffset, page, pageOffset);
    }
    listEdges();
    return count;
  }

  /**
   * Copies what differs from the page to the earlier content, of the two that {@link #find} was
   * given last. The rest of the earlier content is not written, if that is less work.
   */
  void update(byte[] old, int oldOffset, byte[] page, int pageOffset) {
    if (count > FEW) {
      System.arraycopy(page, pageOffset, old, oldOffset, Page.BYTES);
      return;
    }
    for (int e = 0; e < count; e += 2) {
      int start = edges[e];
      int length = edges[e + 1] - start;
      if (start <= Page.BYTES - Copies.OVERRUN) {
        Copies.copy(page, pageOffset + start, old, oldOffset + start, length);
      } else {
        Copies.copyExactly(page, pageOffset + start, old, oldOffset + start, length);
      }
    }
  }

  /**
   * All comparisons come first: a loop without branches, whose vectors do not wait for a list. A
   * loop of its own for bytes and for words: with a stride that is no constant the compiler would
   * leave the checks of bounds in it.
   */
  private void compareBytes(byte[] old, int oldOffset, byte[] page, int pageOffset) {
    long carry = 0;
    long any = 0;
    for (int i = 0; i < Page.BYTES / Long.SIZE; i++) {
      int at = i * Long.SIZE;
      long mask = differences.mask(old, oldOffset + at, page, pageOffset + at);
      long change = mask ^ (mask << 1 | carry);
      carry = mask >>> 63;
      changes[i] = change;
      any |= Differences.isSet(change) << i;
    }
    changed = any;
    open = carry;
  }

  private void compareWords(byte[] old, int oldOffset, byte[] page, int pageOffset) {
    long carry = 0;
    long any = 0;
    for (int i = 0; i < Page.BYTES / Integer.BYTES / Long.SIZE; i++) {
      int at = i * Long.SIZE * Integer.BYTES;
      long mask = differences.mask4(old, oldOffset + at, page, pageOffset + at);
      long change = mask ^ (mask << 1 | carry);
      carry = mask >>> 63;
      changes[i] = change;
      any |= Differences.isSet(change) << i;
    }
    changed = any;
    open = carry;
  }

  private void listEdges() {
    int at = 0;
    for (long left = changed; left != 0; left &= left - 1) {
      int i = Long.numberOfTrailingZeros(left);
      long change = changes[i];
      int first = i * Long.SIZE;
      int end = at + Long.bitCount(change);
      // In groups, since the end of a loop over each single bit is hard to predict.
      do {
        edges[at] = (first + Long.numberOfTrailingZeros(change)) << shift;
        change &= change - 1;
        edges[at + 1] = (first + Long.numberOfTrailingZeros(change)) << shift;
        change &= change - 1;
        edges[at + 2] = (first + Long.numberOfTrailingZeros(change)) << shift;
        change &= change - 1;
        edges[at + 3] = (first + Long.numberOfTrailingZeros(change)) << shift;
        change &= change - 1;
        at += GROUP;
      } while (change != 0);
      at = end;
    }
    if (open != 0) {
      edges[at++] = Page.BYTES;
    }
    count = at;
  }

  int[] edges() {
    return edges;
  }
}
