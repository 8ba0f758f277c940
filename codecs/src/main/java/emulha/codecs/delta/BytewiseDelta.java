package emulha.codecs.delta;

import emulha.memory.Page;

/**
 * The delta of Hou §4.1 as a program of its time computes it: XOR, then run lengths, one byte at a
 * time. The same bytes as {@link RunLengthDelta} in the form {@link RunLengthDelta.Form#XOR}, so
 * that the two differ in nothing but CPU time.
 */
public final class BytewiseDelta extends PageDelta {
  private final byte[] difference = new byte[Page.BYTES];

  public BytewiseDelta() {
    super(RunLengthDelta.RESERVE_BYTES, 0, Page.BYTES - 1);
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    for (int i = 0; i < Page.BYTES; i++) {
      difference[i] = (byte) (old[oldOffset + i] ^ page[pageOffset + i]);
    }
    int at = targetOffset;
    int position = 0;
    while (true) {
      int equal = position;
      while (position < Page.BYTES && difference[position] == 0) {
        position++;
      }
      if (position == Page.BYTES) {
        return at - targetOffset;
      }
      int start = position;
      while (position < Page.BYTES && difference[position] != 0) {
        position++;
      }
      at = writeLength(target, at, start - equal);
      at = writeLength(target, at, position - start);
      if (at - targetOffset + position - start > maxBytes()) {
        return OVERFLOW;
      }
      for (int i = start; i < position; i++) {
        target[at++] = difference[i];
      }
    }
  }

  private static int writeLength(byte[] target, int at, int length) {
    if (length < 0x80) {
      target[at] = (byte) length;
      return at + 1;
    }
    target[at] = (byte) ((length & 0x7f) | 0x80);
    target[at + 1] = (byte) (length >>> 7);
    return at + 2;
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
      for (int i = 0; i < run; i++) {
        page[pageOffset + position++] ^= source[at++];
      }
    }
    return length;
  }
}
