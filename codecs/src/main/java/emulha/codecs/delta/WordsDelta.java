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

  /** A coder. */
  public WordsDelta(Differences differences) {
    this.differences = differences;
  }

  @Override
  public int reserveBytes() {
    return Page.BYTES + 9 * ENTRY;
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
    int at = targetOffset;
    int limit = targetOffset + maxBytes();
    for (int first = 0; first < Page.BYTES; first += Differences.LINE) {
      if (differences.mask(old, oldOffset + first, page, pageOffset + first) == 0) {
        continue;
      }
      at = putWord(old, oldOffset, page, pageOffset, first, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 8, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 16, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 24, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 32, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 40, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 48, target, at);
      at = putWord(old, oldOffset, page, pageOffset, first + 56, target, at);
      if (at > limit) {
        return OVERFLOW;
      }
    }
    return at - targetOffset;
  }

  /** Writes the entry of the word at byte {@code i} of the page, if it has changed. */
  private static int putWord(
      byte[] old, int oldOffset, byte[] page, int pageOffset, int i, byte[] target, int at) {
    long x =
        (long) Differences.LONGS.get(old, oldOffset + i)
            ^ (long) Differences.LONGS.get(page, pageOffset + i);
    if (x == 0) {
      return at;
    }
    SHORTS.set(target, at, (short) (i >>> 3));
    Differences.LONGS.set(target, at + Short.BYTES, x);
    return at + ENTRY;
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
