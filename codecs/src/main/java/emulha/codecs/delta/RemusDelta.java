package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * Runs of 4-byte words, the delta of Xen's checkpoint compression of 2011 (tools/libxc, page delta
 * algorithm). A run header of one byte gives the number of words, 1 to 127, in its lower seven
 * bits; its highest bit is 1 for words to skip and 0 for changed words, which follow with their new
 * content. The runs cover the page. A single byte 0x00 is an unchanged page.
 *
 * <p>A page changed throughout takes 4105 bytes, nine more than itself, and is sent so: Xen does
 * not look for that case.
 */
public final class RemusDelta extends PageDelta {
  private static final int WORDS = Page.BYTES / Integer.BYTES;
  private static final int MAX_RUN = 127;
  private static final int SKIP = 0x80;
  private static final byte EMPTY_PAGE = 0x00;
  private static final int WORST_CASE = Page.BYTES + (WORDS + MAX_RUN - 1) / MAX_RUN;

  private final Differences differences;
  private final long[] masks = new long[Differences.INT_MASKS];

  /** A coder. */
  public RemusDelta(Differences differences) {
    this.differences = differences;
  }

  @Override
  public int reserveBytes() {
    return WORST_CASE + Long.BYTES;
  }

  @Override
  public int unchangedBytes() {
    return 1;
  }

  @Override
  public int maxBytes() {
    return WORST_CASE;
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    if (differences.ints(old, oldOffset, page, pageOffset, masks) == 0) {
      target[targetOffset] = EMPTY_PAGE;
      return 1;
    }
    int at = targetOffset;
    int start = 0;
    boolean changed = false;
    long carry = 0;
    for (int k = 0; k < masks.length; k++) {
      long mask = masks[k];
      long changes = mask ^ (mask << 1 | carry);
      carry = mask >>> 63;
      while (changes != 0) {
        int end = (k << 6) + Long.numberOfTrailingZeros(changes);
        changes &= changes - 1;
        at =
            changed
                ? writeChanged(page, pageOffset, start, end, target, at)
                : writeSkip(end - start, target, at);
        start = end;
        changed = !changed;
      }
    }
    at =
        changed
            ? writeChanged(page, pageOffset, start, WORDS, target, at)
            : writeSkip(WORDS - start, target, at);
    return at - targetOffset;
  }

  private static int writeSkip(int words, byte[] target, int to) {
    int at = to;
    int left = words;
    for (; left > MAX_RUN; left -= MAX_RUN) {
      target[at++] = (byte) (SKIP | MAX_RUN);
    }
    if (left > 0) {
      target[at++] = (byte) (SKIP | left);
    }
    return at;
  }

  /** Writes the runs of words {@code [start, end)}. */
  private static int writeChanged(
      byte[] page, int pageOffset, int start, int end, byte[] target, int to) {
    int at = to;
    int word = start;
    while (word < end) {
      int words = Math.min(MAX_RUN, end - word);
      target[at++] = (byte) words;
      int from = pageOffset + word * Integer.BYTES;
      int bytes = words * Integer.BYTES;
      if (bytes > 64) {
        System.arraycopy(page, from, target, at, bytes);
      } else {
        int i = 0;
        int whole = Math.min(bytes, page.length - Long.BYTES + 1 - from);
        for (; i < whole; i += Long.BYTES) {
          Differences.LONGS.set(target, at + i, (long) Differences.LONGS.get(page, from + i));
        }
        for (; i < bytes; i++) {
          target[at + i] = page[from + i];
        }
      }
      at += bytes;
      word += words;
    }
    return at;
  }

  @Override
  public int decode(byte[] source, int sourceOffset, int length, byte[] page, int pageOffset) {
    if (length == 1 && source[sourceOffset] == EMPTY_PAGE) {
      return length;
    }
    int at = sourceOffset;
    int end = sourceOffset + length;
    int position = 0;
    while (position < Page.BYTES) {
      if (at == end) {
        return -1 - length;
      }
      int header = source[at];
      int bytes = (header & MAX_RUN) * Integer.BYTES;
      boolean skip = header < 0;
      if (bytes == 0 || bytes > Page.BYTES - position || (!skip && bytes > end - at - 1)) {
        return -1 - (at - sourceOffset);
      }
      at++;
      if (!skip) {
        System.arraycopy(source, at, page, pageOffset + position, bytes);
        at += bytes;
      }
      position += bytes;
    }
    return at == end ? length : -1 - (at - sourceOffset);
  }
}
