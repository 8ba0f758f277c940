package emulha.codecs.delta;

import emulha.memory.Page;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds where two contents of a page differ, as bit masks: bit {@code i & 63} of element {@code i
 * >> 6} is 1 if unit {@code i} differs. All methods return the OR of all elements, 0 if the
 * contents are equal. Stateless.
 */
public class Differences {
  /** The page as little-endian 64-bit words. */
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Number of mask elements for units of one byte. */
  public static final int BYTE_MASKS = Page.BYTES / 64;

  /** Number of mask elements for units of four bytes. */
  public static final int INT_MASKS = Page.BYTES / 4 / 64;

  /** Number of mask elements for units of eight bytes. */
  public static final int LONG_MASKS = Page.BYTES / 8 / 64;

  private static final long LOW_BITS = 0x7f7f7f7f7f7f7f7fL;

  /** Brings the lowest bits of eight bytes together in the highest byte. */
  private static final long GATHER = 0x0102040810204080L;

  /** Which implementation this is. */
  public String binding() {
    return "java (64-bit words)";
  }

  /** Compares byte by byte. */
  public long bytes(byte[] a, int aOffset, byte[] b, int bOffset, long[] masks) {
    long any = 0;
    for (int k = 0; k < BYTE_MASKS; k++) {
      long mask = 0;
      for (int i = 0; i < 64; i += Long.BYTES) {
        long x = xor(a, aOffset + k * 64 + i, b, bOffset + k * 64 + i);
        if (x != 0) {
          long marks = (((x & LOW_BITS) + LOW_BITS | x) & ~LOW_BITS) >>> 7;
          mask |= ((marks * GATHER) >>> 56) << i;
        }
      }
      masks[k] = mask;
      any |= mask;
    }
    return any;
  }

  /** Compares in units of four bytes. */
  public long ints(byte[] a, int aOffset, byte[] b, int bOffset, long[] masks) {
    long any = 0;
    for (int k = 0; k < INT_MASKS; k++) {
      long mask = 0;
      for (int i = 0; i < 64; i += 2) {
        long x = xor(a, aOffset + (k * 64 + i) * 4, b, bOffset + (k * 64 + i) * 4);
        long low = (int) x != 0 ? 1 : 0;
        long high = x >>> 32 != 0 ? 2 : 0;
        mask |= (low | high) << i;
      }
      masks[k] = mask;
      any |= mask;
    }
    return any;
  }

  /** Compares in units of eight bytes. */
  public long longs(byte[] a, int aOffset, byte[] b, int bOffset, long[] masks) {
    long any = 0;
    for (int k = 0; k < LONG_MASKS; k++) {
      long mask = 0;
      for (int i = 0; i < 64; i++) {
        long x = xor(a, aOffset + (k * 64 + i) * 8, b, bOffset + (k * 64 + i) * 8);
        mask |= (x != 0 ? 1L : 0L) << i;
      }
      masks[k] = mask;
      any |= mask;
    }
    return any;
  }

  private static long xor(byte[] a, int aOffset, byte[] b, int bOffset) {
    return (long) LONGS.get(a, aOffset) ^ (long) LONGS.get(b, bOffset);
  }
}
