package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * Runs of equal and of differing bytes: {@code (equal-run differing-run bytes)*}, each run maximal,
 * its length an unsigned LEB128 number. A last equal run is left out, and equal pages give no
 * bytes.
 *
 * <p>In the form {@link Form#XBZRLE} the bytes are the new content, and a page overflows as in QEMU
 * (migration/xbzrle.c, into 4096 bytes): when it would take more than 4096 bytes, or when fewer
 * than two are left where a run begins. In the form {@link Form#XOR} the bytes are old XOR new (Hou
 * §4.1), and a page overflows when it would not become smaller.
 */
public final class RunLengthDelta extends PageDelta {
  /** What a differing run carries. */
  public enum Form {
    /** Old content XOR new content. */
    XOR,
    /** New content. */
    XBZRLE
  }

  /** Alternating bytes: 2048 runs of 3 bytes; and room to write eight bytes at once. */
  private static final int RESERVE = Page.BYTES / 2 * 3 + 64;

  private static final int LONG_RUN = 64;

  private final Differences differences;
  private final boolean xor;
  private final long[] masks = new long[Differences.BYTE_MASKS];
  private final int[] edges = new int[Page.BYTES + 2];

  /** A coder of the given form. */
  public RunLengthDelta(Form form, Differences differences) {
    this.differences = differences;
    xor = form == Form.XOR;
  }

  @Override
  public int reserveBytes() {
    return RESERVE;
  }

  @Override
  public int unchangedBytes() {
    return 0;
  }

  @Override
  public int maxBytes() {
    return xor ? Page.BYTES - 1 : Page.BYTES;
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    if (differences.bytes(old, oldOffset, page, pageOffset, masks) == 0) {
      return 0;
    }
    int count = findEdges();
    int at = targetOffset;
    int limit = targetOffset + Page.BYTES;
    int end = 0;
    for (int e = 0; e < count; e += 2) {
      int start = edges[e];
      at = writeLength(target, at, start - end);
      end = edges[e + 1];
      int run = end - start;
      at = writeLength(target, at, run);
      if (xor) {
        copyXor(old, oldOffset + start, page, pageOffset + start, target, at, run);
      } else {
        copy(page, pageOffset + start, target, at, run);
      }
      at += run;
      if (at > limit) {
        return OVERFLOW;
      }
    }
    int length = at - targetOffset;
    if (length > maxBytes() || (!xor && end < Page.BYTES && length > Page.BYTES - 2)) {
      return OVERFLOW;
    }
    return length;
  }

  /** Puts the starts and ends of the differing runs into {@link #edges}; their number is even. */
  private int findEdges() {
    int count = 0;
    long carry = 0;
    for (int k = 0; k < masks.length; k++) {
      long mask = masks[k];
      long changes = mask ^ (mask << 1 | carry);
      carry = mask >>> 63;
      while (changes != 0) {
        edges[count++] = (k << 6) + Long.numberOfTrailingZeros(changes);
        changes &= changes - 1;
      }
    }
    if (carry != 0) {
      edges[count++] = Page.BYTES;
    }
    return count;
  }

  private static int writeLength(byte[] target, int at, int length) {
    if (length < 0x80) {
      target[at] = (byte) length;
      return at + 1;
    }
    target[at] = (byte) (length | 0x80);
    target[at + 1] = (byte) (length >>> 7);
    return at + 2;
  }

  /** Copies a run; up to seven bytes after it in the target are overwritten. */
  private static void copy(byte[] source, int from, byte[] target, int to, int length) {
    if (length > LONG_RUN) {
      System.arraycopy(source, from, target, to, length);
      return;
    }
    int i = 0;
    int whole = Math.min(length, source.length - Long.BYTES + 1 - from);
    for (; i < whole; i += Long.BYTES) {
      Differences.LONGS.set(target, to + i, (long) Differences.LONGS.get(source, from + i));
    }
    for (; i < length; i++) {
      target[to + i] = source[from + i];
    }
  }

  private static void copyXor(
      byte[] a, int aFrom, byte[] b, int bFrom, byte[] target, int to, int length) {
    int i = 0;
    int whole =
        Math.min(
            length, Math.min(a.length - Long.BYTES + 1 - aFrom, b.length - Long.BYTES + 1 - bFrom));
    for (; i < whole; i += Long.BYTES) {
      Differences.LONGS.set(
          target,
          to + i,
          (long) Differences.LONGS.get(a, aFrom + i) ^ (long) Differences.LONGS.get(b, bFrom + i));
    }
    for (; i < length; i++) {
      target[to + i] = (byte) (a[aFrom + i] ^ b[bFrom + i]);
    }
  }

  @Override
  public int decode(byte[] source, int sourceOffset, int length, byte[] page, int pageOffset) {
    int at = sourceOffset;
    int end = sourceOffset + length;
    int position = 0;
    while (at < end) {
      int start = at;
      int equal = source[at++];
      if (equal < 0) {
        if (at == end || source[at] <= 0) {
          return -1 - (start - sourceOffset);
        }
        equal = (equal & 0x7f) | source[at++] << 7;
      }
      if (at == end || (equal == 0 && position != 0)) {
        return -1 - (start - sourceOffset);
      }
      start = at;
      int run = source[at++];
      if (run < 0) {
        if (at == end || source[at] <= 0) {
          return -1 - (start - sourceOffset);
        }
        run = (run & 0x7f) | source[at++] << 7;
      }
      position += equal;
      if (run == 0 || run > Page.BYTES - position || run > end - at) {
        return -1 - (start - sourceOffset);
      }
      apply(source, at, page, pageOffset + position, run);
      at += run;
      position += run;
    }
    return length;
  }

  private void apply(byte[] source, int from, byte[] page, int to, int length) {
    int i = 0;
    if (xor) {
      for (; i <= length - Long.BYTES; i += Long.BYTES) {
        Differences.LONGS.set(
            page,
            to + i,
            (long) Differences.LONGS.get(page, to + i)
                ^ (long) Differences.LONGS.get(source, from + i));
      }
      for (; i < length; i++) {
        page[to + i] ^= source[from + i];
      }
    } else if (length > LONG_RUN) {
      System.arraycopy(source, from, page, to, length);
    } else {
      for (; i <= length - Long.BYTES; i += Long.BYTES) {
        Differences.LONGS.set(page, to + i, (long) Differences.LONGS.get(source, from + i));
      }
      for (; i < length; i++) {
        page[to + i] = source[from + i];
      }
    }
  }
}
