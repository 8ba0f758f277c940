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

  private final DifferingRuns runs;

  public RemusDelta(Differences differences) {
    super(WORST_CASE + Copies.OVERRUN, 1, WORST_CASE);
    runs = new DifferingRuns(differences, true);
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    int count = runs.find(old, oldOffset, page, pageOffset);
    if (count == 0) {
      target[targetOffset] = EMPTY_PAGE;
      return 1;
    }
    int[] edges = runs.edges();
    int at = targetOffset;
    int end = 0;
    for (int e = 0; e < count; e += 2) {
      int start = edges[e];
      at = writeSkip(target, at, (start - end) >>> 2);
      end = edges[e + 1];
      while (end - start > MAX_RUN * Integer.BYTES) {
        at = writeChanged(page, pageOffset + start, target, at, MAX_RUN * Integer.BYTES);
        start += MAX_RUN * Integer.BYTES;
      }
      at = writeChanged(page, pageOffset + start, target, at, end - start);
    }
    at = writeSkip(target, at, (Page.BYTES - end) >>> 2);
    return at - targetOffset;
  }

  /** Writes the headers that skip 0 to 1024 words; up to nine bytes are written in any case. */
  private static int writeSkip(byte[] target, int to, int words) {
    // Full headers before the last: all eight that there can be.
    Differences.LONGS.set(target, to, -1L);
    int full = (words + MAX_RUN - 1) / MAX_RUN - 1;
    target[to + full - (full >> 31)] = (byte) (SKIP | (words - full * MAX_RUN));
    return to + full + 1;
  }

  private static int writeChanged(byte[] page, int from, byte[] target, int at, int length) {
    target[at] = (byte) (length >>> 2);
    Copies.copy(page, from, target, at + 1, length);
    return at + 1 + length;
  }

  @Override
  public void update(byte[] old, int oldOffset, byte[] page, int pageOffset, int pageBytes) {
    runs.update(old, oldOffset, page, pageOffset);
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
