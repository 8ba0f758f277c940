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

  /** Alternating bytes give the most: half a page of runs of 3 bytes. */
  static final int RESERVE_BYTES = Page.BYTES / 2 * 3 + 64;

  private final boolean xor;
  private final DifferingRuns runs;

  public RunLengthDelta(Form form, Differences differences) {
    super(RESERVE_BYTES, 0, form == Form.XOR ? Page.BYTES - 1 : Page.BYTES);
    xor = form == Form.XOR;
    runs = new DifferingRuns(differences, false);
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    int count = runs.find(old, oldOffset, page, pageOffset);
    int[] edges = runs.edges();
    int limit = targetOffset + Page.BYTES;
    int at = targetOffset;
    int end = 0;
    for (int e = 0; e < count; e += 2) {
      int start = edges[e];
      at = writeLength(target, at, start - end);
      end = edges[e + 1];
      int length = end - start;
      at = writeLength(target, at, length);
      if (xor) {
        Copies.xor(old, oldOffset + start, page, pageOffset + start, target, at, length);
      } else {
        Copies.copy(page, pageOffset + start, target, at, length);
      }
      at += length;
      if (at > limit) {
        return OVERFLOW;
      }
    }
    int length = at - targetOffset;
    boolean lastRunIsEqual = end < Page.BYTES;
    if (length > maxBytes() || (!xor && lastRunIsEqual && length > Page.BYTES - 2)) {
      return OVERFLOW;
    }
    return length;
  }

  /** Writes one byte or two without a branch; a second byte is written in any case. */
  private static int writeLength(byte[] target, int at, int length) {
    int more = (0x7f - length) >>> 31;
    Differences.SHORTS.set(target, at, (short) ((length & 0x7f) | more << 7 | length >>> 7 << 8));
    return at + 1 + more;
  }

  @Override
  public void update(byte[] old, int oldOffset, byte[] page, int pageOffset, int pageBytes) {
    runs.update(old, oldOffset, page, pageOffset);
  }

  @Override
  public int decode(byte[] source, int sourceOffset, int length, byte[] page, int pageOffset) {
    int at = sourceOffset;
    int end = sourceOffset + length;
    int position = 0;
    while (at < end) {
      int header = header(source, at);
      int equal = header & 0x7f;
      int rest = header >>> Byte.SIZE;
      int second = at + 1;
      if ((header & 0x80) != 0) {
        int high = rest & 0xff;
        if ((high - 1) >>> 7 != 0) {
          return -1 - (at - sourceOffset);
        }
        equal |= high << 7;
        rest >>>= Byte.SIZE;
        second++;
      }
      if (second >= end || (equal == 0 && position != 0)) {
        return -1 - (at - sourceOffset);
      }
      int run = rest & 0x7f;
      int from = second + 1;
      if ((rest & 0x80) != 0) {
        int high = rest >>> Byte.SIZE & 0xff;
        if ((high - 1) >>> 7 != 0) {
          return -1 - (second - sourceOffset);
        }
        run |= high << 7;
        from++;
      }
      position += equal;
      if (run == 0 || run > Page.BYTES - position || run > end - from) {
        return -1 - (second - sourceOffset);
      }
      apply(source, from, page, pageOffset + position, run, pageOffset + Page.BYTES);
      at = from + run;
      position += run;
    }
    return length;
  }

  /** Four bytes, which hold both lengths; zeros behind the array. */
  private static int header(byte[] source, int at) {
    if (at <= source.length - Integer.BYTES) {
      return (int) Differences.INTS.get(source, at);
    }
    int header = 0;
    for (int i = source.length - 1; i >= at; i--) {
      header = header << Byte.SIZE | (source[i] & 0xff);
    }
    return header;
  }

  private void apply(byte[] source, int from, byte[] page, int to, int length, int pageEnd) {
    if (!xor) {
      Copies.copyExactly(source, from, page, to, length);
    } else if (length <= Long.BYTES
        && to <= pageEnd - Long.BYTES
        && from <= source.length - Long.BYTES) {
      long ours = -1L >>> (Long.SIZE - Byte.SIZE * length);
      long before = (long) Differences.LONGS.get(page, to);
      long bytes = (long) Differences.LONGS.get(source, from) & ours;
      Differences.LONGS.set(page, to, before ^ bytes);
    } else {
      Copies.xorExactly(page, to, source, from, page, to, length);
    }
  }
}
