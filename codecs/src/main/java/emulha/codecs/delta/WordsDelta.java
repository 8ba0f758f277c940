package emulha.codecs.delta;

import emulha.memory.Page;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A list of the changed 8-byte words (FITDOC §III.C): for each its index in the page, 2 bytes, and
 * its old content XOR its new one, 8 bytes, little-endian, indexes ascending. Equal pages give no
 * bytes. A page overflows when it would take more than 4096 bytes: with more than 409 changed
 * words.
 */
public final class WordsDelta extends PageDelta {
  private static final int WORDS = Page.BYTES / Long.BYTES;
  private static final int ENTRY = Short.BYTES + Long.BYTES;
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private final Differences differences;
  private final long[] masks = new long[Differences.LONG_MASKS];

  /** A coder. */
  public WordsDelta(Differences differences) {
    this.differences = differences;
  }

  @Override
  public int reserveBytes() {
    return Page.BYTES;
  }

  @Override
  public int unchangedBytes() {
    return 0;
  }

  @Override
  public int maxBytes() {
    return Page.BYTES / ENTRY * ENTRY;
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    if (differences.longs(old, oldOffset, page, pageOffset, masks) == 0) {
      return 0;
    }
    int changed = 0;
    for (long mask : masks) {
      changed += Long.bitCount(mask);
    }
    if (changed * ENTRY > Page.BYTES) {
      return OVERFLOW;
    }
    int at = targetOffset;
    for (int k = 0; k < masks.length; k++) {
      for (long mask = masks[k]; mask != 0; mask &= mask - 1) {
        int word = (k << 6) + Long.numberOfTrailingZeros(mask);
        int byteInPage = word * Long.BYTES;
        SHORTS.set(target, at, (short) word);
        Differences.LONGS.set(
            target,
            at + Short.BYTES,
            (long) Differences.LONGS.get(old, oldOffset + byteInPage)
                ^ (long) Differences.LONGS.get(page, pageOffset + byteInPage));
        at += ENTRY;
      }
    }
    return at - targetOffset;
  }

  @Override
  public int decode(byte[] source, int sourceOffset, int length, byte[] page, int pageOffset) {
    int before = -1;
    for (int i = 0; i < length; i += ENTRY) {
      if (length - i < ENTRY) {
        return -1 - i;
      }
      int word = (short) SHORTS.get(source, sourceOffset + i);
      if (word <= before || word >= WORDS) {
        return -1 - i;
      }
      before = word;
      int at = pageOffset + word * Long.BYTES;
      Differences.LONGS.set(
          page,
          at,
          (long) Differences.LONGS.get(page, at)
              ^ (long) Differences.LONGS.get(source, sourceOffset + i + Short.BYTES));
    }
    return length;
  }
}
