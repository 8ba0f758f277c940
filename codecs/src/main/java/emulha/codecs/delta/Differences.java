package emulha.codecs.delta;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds where two contents of a page differ, byte by byte, in lines of 64 bytes. Stateless.
 *
 * @see Kernels
 */
public abstract class Differences {
  /** Bytes in a line. */
  static final int LINE = 64;

  private static final long LOW_BITS = 0x7f7f7f7f7f7f7f7fL;

  /** Brings the lowest bits of eight bytes together in the highest byte. */
  private static final long GATHER = 0x0102040810204080L;

  /** A byte array as little-endian numbers of 16 bits. */
  static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** The same of 32 bits. */
  static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** The same of 64 bits. */
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final String binding;

  /** What {@link #binding} gives. */
  Differences(String binding) {
    this.binding = binding;
  }

  /** Which implementation this is. */
  public final String binding() {
    return binding;
  }

  /**
   * Compares the lines that begin at {@code a[aOffset]} and {@code b[bOffset]}.
   *
   * @return bit {@code i} is 1 if bytes {@code i} differ
   */
  public abstract long mask(byte[] a, int aOffset, byte[] b, int bOffset);

  /**
   * Compares 64 words of 4 bytes each.
   *
   * @return bit {@code i} is 1 if words {@code i} differ
   */
  long mask4(byte[] a, int aOffset, byte[] b, int bOffset) {
    return words4(mask(a, aOffset, b, bOffset))
        | words4(mask(a, aOffset + 64, b, bOffset + 64)) << 16
        | words4(mask(a, aOffset + 128, b, bOffset + 128)) << 32
        | words4(mask(a, aOffset + 192, b, bOffset + 192)) << 48;
  }

  /** 1 if any bit is set, else 0, without a branch. */
  static long isSet(long bits) {
    return (bits | -bits) >>> (Long.SIZE - 1);
  }

  /** Of each four bits whether any is set: 16 bits. */
  private static long words4(long bytes) {
    long pairs = bytes | bytes >>> 1;
    long first = (pairs | pairs >>> 2) & 0x1111111111111111L;
    long twos = (first | first >>> 3) & 0x0303030303030303L;
    long fours = (twos | twos >>> 6) & 0x000f000f000f000fL;
    // Moves the four bits at 16 * i to 48 + 4 * i; nothing else gets there.
    return (fours * 0x0001001001001000L) >>> 48;
  }

  /** Of each eight bits whether any is set: 8 bits. */
  static long words8(long bytes) {
    long marks = (((bytes & LOW_BITS) + LOW_BITS | bytes) & ~LOW_BITS) >>> 7;
    return (marks * GATHER) >>> 56;
  }
}
