package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * A list of the changed 8-byte words (FITDOC §III.C): for each its index in the page, 2 bytes, and
 * its old content XOR its new one, 8 bytes, little-endian, indexes ascending. Equal pages give no
 * bytes. A page overflows when it would take more than 4096 bytes: with more than 409 changed
 * words.
 */
public final class WordsDelta extends PageDelta {
  private static final int WORDS = Page.BYTES / Long.BYTES;
  private static final int ENTRY = Short.BYTES + Long.BYTES;
  private static final int LINE_WORDS = Differences.LINE / Long.BYTES;

  private final Differences differences;

  public WordsDelta(Differences differences) {
    super(Page.BYTES + (LINE_WORDS + 1) * ENTRY, 0, Page.BYTES / ENTRY * ENTRY);
    this.differences = differences;
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    long lines = 0;
    for (int i = 0; i < Page.BYTES / Differences.LINE; i++) {
      int at = i * Differences.LINE;
      long mask = differences.mask(old, oldOffset + at, page, pageOffset + at);
      lines |= Differences.isSet(mask) << i;
    }
    int at = targetOffset;
    for (; lines != 0; lines &= lines - 1) {
      int line = Long.numberOfTrailingZeros(lines) * LINE_WORDS;
      for (int word = line; word < line + LINE_WORDS; word++) {
        at = putIfChanged(old, oldOffset, page, pageOffset, word, target, at);
      }
      if (at > targetOffset + Page.BYTES) {
        return OVERFLOW;
      }
    }
    return at - targetOffset;
  }

  /** Writes a word's entry, and counts it if the word changed: no branch that could go wrong. */
  private static int putIfChanged(
      byte[] old, int oldOffset, byte[] page, int pageOffset, int word, byte[] target, int at) {
    int i = word * Long.BYTES;
    long change =
        (long) Differences.LONGS.get(old, oldOffset + i)
            ^ (long) Differences.LONGS.get(page, pageOffset + i);
    Differences.SHORTS.set(target, at, (short) word);
    Differences.LONGS.set(target, at + Short.BYTES, change);
    return at + ENTRY * (int) Differences.isSet(change);
  }

  @Override
  public int decode(byte[] source, int sourceOffset, int length, byte[] page, int pageOffset) {
    int before = -1;
    for (int i = 0; i < length; i += ENTRY) {
      if (length - i < ENTRY) {
        return -1 - i;
      }
      int word = (short) Differences.SHORTS.get(source, sourceOffset + i);
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
