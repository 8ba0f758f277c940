package emulha.codecs.delta;

import emulha.memory.Page;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

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

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** Alternating bytes give the most: half a page of runs of 3 bytes. */
  private static final int RESERVE = Page.BYTES / 2 * 3 + 64;

  private final boolean xor;
  private final DifferingRuns runs;

  /** A coder of the given form. */
  public RunLengthDelta(Form form, Differences differences) {
    xor = form == Form.XOR;
    runs = new DifferingRuns(differences, false);
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
    SHORTS.set(target, at, (short) ((length & 0x7f) | more << 7 | length >>> 7 << 8));
    return at + 1 + more;
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
      apply(source, at, page, pageOffset + position, run, pageOffset + Page.BYTES);
      at += run;
      position += run;
    }
    return length;
  }

  private void apply(byte[] source, int from, byte[] page, int to, int length, int pageEnd) {
    int i = 0;
    if (length < Long.BYTES) {
      if (to <= pageEnd - Long.BYTES && from <= source.length - Long.BYTES) {
        long ours = -1L >>> (Long.SIZE - Byte.SIZE * length);
        long before = (long) Differences.LONGS.get(page, to);
        long bytes = (long) Differences.LONGS.get(source, from) & ours;
        Differences.LONGS.set(page, to, xor ? before ^ bytes : (before & ~ours) | bytes);
        return;
      }
    } else if (!xor) {
      if (length > 96) {
        System.arraycopy(source, from, page, to, length);
        return;
      }
      int last = length - Long.BYTES;
      for (; i < last; i += Long.BYTES) {
        Differences.LONGS.set(page, to + i, (long) Differences.LONGS.get(source, from + i));
      }
      Differences.LONGS.set(page, to + last, (long) Differences.LONGS.get(source, from + last));
      return;
    }
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
    } else {
      for (; i < length; i++) {
        page[to + i] = source[from + i];
      }
    }
  }
}
