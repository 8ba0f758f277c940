package emulha.codecs.words;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian words in arrays, and the frame that codecs of words have in common. */
final class Words {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Words() {}

  static int get(byte[] bytes, int offset) {
    return (int) INTS.get(bytes, offset);
  }

  static void set(byte[] bytes, int offset, int value) {
    INTS.set(bytes, offset, value);
  }

  /** Appends the bytes behind the last whole unit as they are; the size of all. */
  static int finish(byte[] source, int from, int end, byte[] target, int at, int targetOffset) {
    System.arraycopy(source, from, target, at, end - from);
    return Math.max(1, at + end - from - targetOffset);
  }

  /** Restores the bytes behind the last whole unit, with which an encoding must end. */
  static void finish(LaneReader lane, int at, int end, byte[] target, int from, int to)
      throws CorruptEncodingException {
    int left = end - at - (to - from);
    if (left != 0) {
      throw lane.corrupt(
          "an encoding of words has %d bytes too %s"
              .formatted(Math.abs(left), left > 0 ? "many" : "few"));
    }
    System.arraycopy(lane.bytes(), at, target, from, to - from);
  }
}
