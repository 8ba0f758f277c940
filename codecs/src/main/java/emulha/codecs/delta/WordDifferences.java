package emulha.codecs.delta;

/** {@link Differences} in 64-bit words, eight bytes at once. */
final class WordDifferences extends Differences {
  private static final long LOW_BITS = 0x7f7f7f7f7f7f7f7fL;

  /** Brings the lowest bits of eight bytes together in the highest byte. */
  private static final long GATHER = 0x0102040810204080L;

  @Override
  public String binding() {
    return "java (64-bit words)";
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
    return bits(x0)
        | bits(x1) << 8
        | bits(x2) << 16
        | bits(x3) << 24
        | bits(x4) << 32
        | bits(x5) << 40
        | bits(x6) << 48
        | bits(x7) << 56;
  }

  private static long xor(byte[] a, int aOffset, byte[] b, int bOffset) {
    return (long) LONGS.get(a, aOffset) ^ (long) LONGS.get(b, bOffset);
  }

  /** For each byte that is not 0, a bit. */
  private static long bits(long x) {
    long marks = (((x & LOW_BITS) + LOW_BITS | x) & ~LOW_BITS) >>> 7;
    return (marks * GATHER) >>> 56;
  }
}
