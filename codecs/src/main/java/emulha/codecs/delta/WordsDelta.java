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

  /** Bytes whose words one mask tells of. */
  private static final int STRETCH = Long.SIZE * Long.BYTES;

  /** Entries that are written together. */
  private static final int GROUP = 4;

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private final Differences differences;

  /** A coder. */
  public WordsDelta(Differences differences) {
    this.differences = differences;
  }

  @Override
  public int reserveBytes() {
    return Page.BYTES + (Long.SIZE + GROUP) * ENTRY;
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
    long m0 = differences.mask8(old, oldOffset, page, pageOffset);
    long m1 = differences.mask8(old, oldOffset + STRETCH, page, pageOffset + STRETCH);
    long m2 = differences.mask8(old, oldOffset + 2 * STRETCH, page, pageOffset + 2 * STRETCH);
    long m3 = differences.mask8(old, oldOffset + 3 * STRETCH, page, pageOffset + 3 * STRETCH);
    long m4 = differences.mask8(old, oldOffset + 4 * STRETCH, page, pageOffset + 4 * STRETCH);
    long m5 = differences.mask8(old, oldOffset + 5 * STRETCH, page, pageOffset + 5 * STRETCH);
    long m6 = differences.mask8(old, oldOffset + 6 * STRETCH, page, pageOffset + 6 * STRETCH);
    long m7 = differences.mask8(old, oldOffset + 7 * STRETCH, page, pageOffset + 7 * STRETCH);
    int length =
        ENTRY
            * (Long.bitCount(m0)
                + Long.bitCount(m1)
                + Long.bitCount(m2)
                + Long.bitCount(m3)
                + Long.bitCount(m4)
                + Long.bitCount(m5)
                + Long.bitCount(m6)
                + Long.bitCount(m7));
    if (length > maxBytes()) {
      return OVERFLOW;
    }
    int at = putWords(old, oldOffset, page, pageOffset, 0, m0, target, targetOffset);
    at = putWords(old, oldOffset, page, pageOffset, 64, m1, target, at);
    at = putWords(old, oldOffset, page, pageOffset, 128, m2, target, at);
    at = putWords(old, oldOffset, page, pageOffset, 192, m3, target, at);
    at = putWords(old, oldOffset, page, pageOffset, 256, m4, target, at);
    at = putWords(old, oldOffset, page, pageOffset, 320, m5, target, at);
    at = putWords(old, oldOffset, page, pageOffset, 384, m6, target, at);
    putWords(old, oldOffset, page, pageOffset, 448, m7, target, at);
    return length;
  }

  /** Writes the entries of up to 64 words from {@code first} on; returns where they end. */
  private static int putWords(
      byte[] old,
      int oldOffset,
      byte[] page,
      int pageOffset,
      int first,
      long words,
      byte[] target,
      int targetOffset) {
    int at = targetOffset;
    int end = at + ENTRY * Long.bitCount(words);
    long changed = words;
    // In groups, beyond the last one too: the end of a loop over each is hard to predict.
    while (changed != 0) {
      putWord(old, oldOffset, page, pageOffset, first, changed, target, at);
      changed &= changed - 1;
      putWord(old, oldOffset, page, pageOffset, first, changed, target, at + ENTRY);
      changed &= changed - 1;
      putWord(old, oldOffset, page, pageOffset, first, changed, target, at + 2 * ENTRY);
      changed &= changed - 1;
      putWord(old, oldOffset, page, pageOffset, first, changed, target, at + 3 * ENTRY);
      changed &= changed - 1;
      at += GROUP * ENTRY;
    }
    return end;
  }

  /** Writes the entry of the word with the lowest bit set, or of some word if there is none. */
  private static void putWord(
      byte[] old,
      int oldOffset,
      byte[] page,
      int pageOffset,
      int first,
      long changed,
      byte[] target,
      int at) {
    int word = first + (Long.numberOfTrailingZeros(changed) & (Long.SIZE - 1));
    int i = word * Long.BYTES;
    SHORTS.set(target, at, (short) word);
    Differences.LONGS.set(
        target,
        at + Short.BYTES,
        (long) Differences.LONGS.get(old, oldOffset + i)
            ^ (long) Differences.LONGS.get(page, pageOffset + i));
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
