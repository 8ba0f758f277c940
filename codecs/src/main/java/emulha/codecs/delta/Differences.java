package emulha.codecs.delta;

import emulha.memory.Page;
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

  /** Number of lines of a page. */
  static final int LINES = Page.BYTES / LINE;

  /** A byte array as little-endian 64-bit words. */
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Which implementation this is. */
  public abstract String binding();

  /**
   * Compares the lines that begin at {@code a[aOffset]} and {@code b[bOffset]}.
   *
   * @return bit {@code i} is 1 if bytes {@code i} differ
   */
  public abstract long mask(byte[] a, int aOffset, byte[] b, int bOffset);
}
