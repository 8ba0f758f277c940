package emulha.traces.stats;

import emulha.memory.Page;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * In how many bytes two contents of a page differ.
 *
 * @param bytes bytes that differ, 0..4096
 * @param wholeWords aligned 8-byte words that differ in all eight bytes, 0..512
 * @param touchedWords aligned 8-byte words that differ in any byte, 0..512
 */
record PageDifference(int bytes, int wholeWords, int touchedWords) {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long LOW_SEVEN = 0x7f7f7f7f7f7f7f7fL;

  static PageDifference between(byte[] old, int oldOffset, byte[] now, int nowOffset) {
    int bytes = 0;
    int whole = 0;
    int touched = 0;
    for (int i = 0; i < Page.BYTES; i += Long.BYTES) {
      long x = (long) LONGS.get(old, oldOffset + i) ^ (long) LONGS.get(now, nowOffset + i);
      if (x != 0) {
        // The high bit of each byte that is not zero: set itself, or carried into.
        int count = Long.bitCount((((x & LOW_SEVEN) + LOW_SEVEN) | x) & ~LOW_SEVEN);
        bytes += count;
        whole += count >>> 3;
        touched++;
      }
    }
    return new PageDifference(bytes, whole, touched);
  }
}
