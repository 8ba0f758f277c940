package emulha.codecs;

/**
 * One lane of a received checkpoint at the decoder. Every read is checked; bytes that are missing
 * or malformed give a {@link CorruptEncodingException}.
 */
public final class LaneReader {
  private static final EncodedCheckpoint NOTHING = new EncodedCheckpoint();

  private final int lane;
  private EncodedCheckpoint encoded = NOTHING;
  private byte[] bytes = new byte[0];
  private int position;
  private int limit;

  /** Where in the lane {@link #bytes} begins. */
  private long base;

  /** Bytes of the lane. */
  private long end;

  /** A lane of this number, not open yet. */
  public LaneReader(int lane) {
    this.lane = lane;
  }

  /** Starts reading the lane of a checkpoint. */
  public void open(EncodedCheckpoint source) {
    encoded = source;
    end = source.size(lane);
    use(source.part(lane, 0), 0, 0);
  }

  /** Goes on reading in a part, which begins at {@code start} of the lane. */
  private void use(EncodedCheckpoint.Part part, long start, int from) {
    bytes = part.bytes();
    limit = part.size();
    base = start;
    position = from;
  }

  public void open(byte[] source, int offset, int length) {
    encoded = NOTHING;
    bytes = source;
    position = offset;
    limit = offset + length;
    base = 0;
    end = limit;
  }

  /** The array behind what {@link #take} gave last; valid until the next read. */
  public byte[] bytes() {
    return bytes;
  }

  /** The lane's number in an {@link EncodedCheckpoint}. */
  public int number() {
    return lane;
  }

  /** How far the lane is read. */
  public long position() {
    return base + position;
  }

  /** Bytes not yet read. */
  public long remaining() {
    return end - base - position;
  }

  /**
   * Reads past {@code length} bytes.
   *
   * @return where in {@link #bytes} they begin
   */
  public int take(int length) throws CorruptEncodingException {
    int at = position;
    if (length < 0 || length > limit - at) {
      return takeAcross(length);
    }
    position = at + length;
    return at;
  }

  /** Takes what is not all in the present array. */
  private int takeAcross(int length) throws CorruptEncodingException {
    if (length < 0 || length > remaining()) {
      throw corrupt("needs " + length + " bytes, has " + remaining());
    }
    long from = position();
    long start = 0;
    int i = 0;
    EncodedCheckpoint.Part part = encoded.part(lane, i);
    while (from + length >= start + part.size() && i < encoded.parts(lane) - 1) {
      start += part.size();
      part = encoded.part(lane, ++i);
    }
    if (from < start) {
      byte[] joined = new byte[length];
      copy(from, joined, 0, length);
      part = new EncodedCheckpoint.Part(joined, length);
      start = from;
    }
    use(part, start, (int) (from + length - start));
    return position - length;
  }

  /** Copies bytes that were read, or are there to read. */
  public void copy(long from, byte[] target, int offset, int length) {
    if (from >= base && from + length <= base + limit) {
      System.arraycopy(bytes, (int) (from - base), target, offset, length);
      return;
    }
    long start = 0;
    for (int i = 0; i < encoded.parts(lane); i++) {
      EncodedCheckpoint.Part part = encoded.part(lane, i);
      long first = Math.max(from, start);
      long n = Math.min(from + length, start + part.size()) - first;
      if (n > 0) {
        int at = offset + (int) (first - from);
        System.arraycopy(part.bytes(), (int) (first - start), target, at, (int) n);
      }
      start += part.size();
    }
  }

  /** Reads one byte, 0 to 255. */
  public int readByte() throws CorruptEncodingException {
    int at = take(1);
    return bytes[at] & 0xff;
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
    return (int) readLong(max);
  }

  /** Reads an unsigned LEB128 number of at most {@code max}. */
  public long readLong(long max) throws CorruptEncodingException {
    long value = readVarint();
    if (value > max) {
      throw corrupt("number " + value + " exceeds " + max);
    }
    return value;
  }

  /** Copies the next bytes out of the lane. */
  public void read(byte[] target, int offset, int length) throws CorruptEncodingException {
    int at = take(length);
    System.arraycopy(bytes, at, target, offset, length);
  }

  /** An exception that names this lane and the present offset. */
  public CorruptEncodingException corrupt(String reason) {
    return new CorruptEncodingException(lane, position(), reason);
  }
}
