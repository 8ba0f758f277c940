package emulha.codecs;

/**
 * One lane of a received checkpoint at the decoder. Every read is checked; bytes that are missing
 * or malformed give a {@link CorruptEncodingException}.
 */
public final class LaneReader {
  private final int lane;
  private byte[] bytes = new byte[0];
  private int position;
  private int limit;

  LaneReader(int lane) {
    this.lane = lane;
  }

  void open(EncodedCheckpoint encoded) {
    bytes = encoded.bytes(lane);
    position = 0;
    limit = encoded.size(lane);
  }

  void open(byte[] source, int offset, int length) {
    bytes = source;
    position = offset;
    limit = offset + length;
  }

  /** The array behind the lane; valid between {@link #take} and the next checkpoint. */
  public byte[] bytes() {
    return bytes;
  }

  /** The lane's number in an {@link EncodedCheckpoint}. */
  public int number() {
    return lane;
  }

  /** How far the lane is read. */
  int position() {
    return position;
  }

  /** Bytes not yet read. */
  public int remaining() {
    return limit - position;
  }

  /**
   * Reads past {@code length} bytes.
   *
   * @return where in {@link #bytes} they begin
   */
  public int take(int length) throws CorruptEncodingException {
    int at = position;
    if (length < 0 || length > limit - at) {
      throw corrupt("needs " + length + " bytes, has " + (limit - at));
    }
    position = at + length;
    return at;
  }

  /** Reads one byte, 0 to 255. */
  public int readByte() throws CorruptEncodingException {
    return bytes[take(1)] & 0xff;
  }

  /** Reads a little-endian 32-bit number. */
  public int readInt() throws CorruptEncodingException {
    int at = take(4);
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }

  /** Reads an unsigned LEB128 number below 2^63. */
  public long readVarint() throws CorruptEncodingException {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int b = readByte();
      value |= (long) (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return value;
      }
    }
    throw corrupt("number longer than 9 bytes");
  }

  /** Reads an unsigned LEB128 number of at most {@code max}. */
  public int readVarint(int max) throws CorruptEncodingException {
    long value = readVarint();
    if (value > max) {
      throw corrupt("number " + value + " exceeds " + max);
    }
    return (int) value;
  }

  /** Copies the next bytes out of the lane. */
  public void read(byte[] target, int offset, int length) throws CorruptEncodingException {
    System.arraycopy(bytes, take(length), target, offset, length);
  }

  /** An exception that names this lane and the present offset. */
  public CorruptEncodingException corrupt(String reason) {
    return new CorruptEncodingException(lane, position, reason);
  }
}
