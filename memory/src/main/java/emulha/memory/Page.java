package emulha.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The page of 4096 bytes, for what is defined on it: formats of x86, and the blocks that some
 * methods cut larger pages into. How large the pages of a series are, its {@link PageSize} says.
 */
public final class Page {
  /** Its size in bytes. */
  public static final int BYTES = 4096;

  /** log2 of {@link #BYTES}. */
  public static final int SHIFT = 12;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Page() {}

  /** Whether {@code length} bytes (any length) from {@code offset} are all zero. */
  public static boolean isZero(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    int i = offset;
    int end = offset + length;
    for (; i <= end - 32; i += 32) {
      long any =
          (long) LONGS.get(bytes, i)
              | (long) LONGS.get(bytes, i + 8)
              | (long) LONGS.get(bytes, i + 16)
              | (long) LONGS.get(bytes, i + 24);
      if (any != 0) {
        return false;
      }
    }
    for (; i < end; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
