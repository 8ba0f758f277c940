package emulha.codecs.delta;

/** {@link Differences} in 64-bit words, eight bytes at once. */
final class WordDifferences extends Differences {
  WordDifferences() {
    super("java (64-bit words)");
  }

  @Override
  public long mask(byte[] a, int aOffset, byte[] b, int bOffset) {
    long x0 = xor(a, aOffset, b, bOffset);
    long x1 = xor(a, aOffset + 8, b, bOffset + 8);
    long x2 = xor(a, aOffset + 16, b, bOffset + 16);
    long x3 = xor(a, aOffset + 24, b, bOffset + 24);
    long x4 = xor(a, aOffset + 32, b, bOffset + 32);
    long x5 = xor(a, aOffset + 40, b, bOffset + 40);
    long x6 = xor(a, aOffset + 48, b, bOffset + 48);
    long x7 = xor(a, aOffset + 56, b, bOffset + 56);
    if ((x0 | x1 | x2 | x3 | x4 | x5 | x6 | x7) == 0) {
      return 0;
    }
    return words8(x0)
        | words8(x1) << 8
        | words8(x2) << 16
        | words8(x3) << 24
        | words8(x4) << 32
        | words8(x5) << 40
        | words8(x6) << 48
        | words8(x7) << 56;
  }

  private static long xor(byte[] a, int aOffset, byte[] b, int bOffset) {
    return (long) LONGS.get(a, aOffset) ^ (long) LONGS.get(b, bOffset);
  }
}
