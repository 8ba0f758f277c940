package emulha.codecs.delta;

/**
 * Copies of short runs of bytes, for which System.arraycopy is dear: in 64-bit words, the last one
 * reaching beyond the run.
 */
final class Copies {
  /** Bytes behind a run in the target that may be overwritten. */
  static final int OVERRUN = 4 * Long.BYTES;

  private Copies() {}

  /** Copies a run, and up to {@link #OVERRUN} more bytes to the target. */
  static void copy(byte[] source, int from, byte[] target, int to, int length) {
    if (length > OVERRUN || from > source.length - OVERRUN) {
      System.arraycopy(source, from, target, to, length);
      return;
    }
    copyLong(source, from, target, to);
    copyLong(source, from + 8, target, to + 8);
    copyLong(source, from + 16, target, to + 16);
    copyLong(source, from + 24, target, to + 24);
  }

  /**
   * Copies a run of at least one byte, and touches nothing behind it. The target is not read: what
   * was just written there in another width would have to be waited for.
   */
  static void copyExactly(byte[] source, int from, byte[] target, int to, int length) {
    // From both ends, overlapping in the middle.
    int fromEnd = from + length;
    int toEnd = to + length;
    if (length < Integer.BYTES) {
      byte middle = source[from + (length >>> 1)];
      byte last = source[fromEnd - 1];
      target[to] = source[from];
      target[to + (length >>> 1)] = middle;
      target[toEnd - 1] = last;
    } else if (length <= Long.BYTES) {
      copyInt(source, from, target, to);
      copyInt(source, fromEnd - Integer.BYTES, target, toEnd - Integer.BYTES);
    } else if (length <= 2 * Long.BYTES) {
      copyLong(source, from, target, to);
      copyLong(source, fromEnd - Long.BYTES, target, toEnd - Long.BYTES);
    } else if (length <= OVERRUN) {
      copyLong(source, from, target, to);
      copyLong(source, from + 8, target, to + 8);
      copyLong(source, fromEnd - 16, target, toEnd - 16);
      copyLong(source, fromEnd - 8, target, toEnd - 8);
    } else {
      System.arraycopy(source, from, target, to, length);
    }
  }

  private static void copyInt(byte[] source, int from, byte[] target, int to) {
    Differences.INTS.set(target, to, (int) Differences.INTS.get(source, from));
  }

  private static void copyLong(byte[] source, int from, byte[] target, int to) {
    Differences.LONGS.set(target, to, (long) Differences.LONGS.get(source, from));
  }

  /** Writes the XOR of two runs, and up to {@link #OVERRUN} more bytes to the target. */
  static void xor(byte[] a, int aFrom, byte[] b, int bFrom, byte[] target, int to, int length) {
    if (aFrom <= a.length - length - OVERRUN && bFrom <= b.length - length - OVERRUN) {
      int i = 0;
      do {
        xorLong(a, aFrom + i, b, bFrom + i, target, to + i);
        xorLong(a, aFrom + i + 8, b, bFrom + i + 8, target, to + i + 8);
        i += 16;
      } while (i < length);
      return;
    }
    xorExactly(a, aFrom, b, bFrom, target, to, length);
  }

  /** Writes the XOR of two runs, and touches nothing behind it. */
  static void xorExactly(
      byte[] a, int aFrom, byte[] b, int bFrom, byte[] target, int to, int length) {
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      xorLong(a, aFrom + i, b, bFrom + i, target, to + i);
    }
    for (; i < length; i++) {
      target[to + i] = (byte) (a[aFrom + i] ^ b[bFrom + i]);
    }
  }

  private static void xorLong(byte[] a, int aFrom, byte[] b, int bFrom, byte[] target, int to) {
    Differences.LONGS.set(
        target,
        to,
        (long) Differences.LONGS.get(a, aFrom) ^ (long) Differences.LONGS.get(b, bFrom));
  }
}
