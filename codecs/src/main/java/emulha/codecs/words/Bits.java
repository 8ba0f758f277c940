package emulha.codecs.words;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;

/** Numbers of a few bits, lowest bit first, packed from the lowest bit of each byte. */
final class Bits {
  private Bits() {}

  /** Appends to an array. */
  static final class Writer {
    private final byte[] target;
    private int at;
    private long held;
    private int bits;

    Writer(byte[] target, int offset) {
      this.target = target;
      at = offset;
    }

    /**
     * Appends a number.
     *
     * @param width 1 to 32
     */
    void write(int value, int width) {
      held |= (value & (0xffff_ffffL >>> (32 - width))) << bits;
      bits += width;
      while (bits >= 8) {
        target[at++] = (byte) held;
        held >>>= 8;
        bits -= 8;
      }
    }

    /** Fills the last byte up with zeros; where the next begins. */
    int finish() {
      if (bits > 0) {
        target[at++] = (byte) held;
        held = 0;
        bits = 0;
      }
      return at;
    }
  }

  /** Reads from a lane. */
  static final class Reader {
    private final LaneReader lane;
    private final byte[] source;
    private final int end;
    private int at;
    private long held;
    private int bits;

    /** Reads at most {@code size} bytes from {@code offset} of the lane's array. */
    Reader(LaneReader lane, int offset, int size) {
      this.lane = lane;
      source = lane.bytes();
      at = offset;
      end = offset + size;
    }

    /**
     * Reads a number.
     *
     * @param width 1 to 32
     */
    int read(int width) throws CorruptEncodingException {
      while (bits < width) {
        if (at == end) {
          throw lane.corrupt("an encoding of words ends too early");
        }
        held |= (source[at++] & 0xffL) << bits;
        bits += 8;
      }
      int value = (int) (held & (0xffff_ffffL >>> (32 - width)));
      held >>>= width;
      bits -= width;
      return value;
    }

    /** Skips what is left of the byte, which must be zeros; where the next begins. */
    int finish() throws CorruptEncodingException {
      if (held != 0) {
        throw lane.corrupt("bits left over in an encoding of words");
      }
      bits = 0;
      return at;
    }
  }
}
