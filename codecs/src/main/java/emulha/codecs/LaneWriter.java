package emulha.codecs;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One lane of an encoded checkpoint, buffered, at the encoder. Stages write straight into {@link
 * #buffer}: {@code int at = lane.reserve(max); … lane.advance(written)}. What waits for the sink is
 * either in the buffer or {@linkplain #refer referred to}, never both.
 */
public final class LaneWriter {
  /** Most bytes of an unsigned LEB128 number of 64 bits. */
  public static final int MAX_VARINT_BYTES = 10;

  /** What is begun with: a VM of few pages needs no more. */
  private static final int FIRST_BYTES = 4 << 10;

  private final int lane;
  private final @Nullable FrameSink sink;
  private byte[] buffer = new byte[FIRST_BYTES];
  private int position;
  private byte @Nullable [] referred;
  private int referredOffset;
  private int referredLength;
  private long flushed;

  /**
   * @param sink takes what is written; null: all of it waits for {@link #moveTo} or {@link
   *     #discard}
   */
  LaneWriter(int lane, @Nullable FrameSink sink) {
    this.lane = lane;
    this.sink = sink;
  }

  /**
   * Makes sure that {@code bytes} bytes can be written into {@link #buffer}.
   *
   * @param bytes any number; beyond {@link FrameSink#MAX_BYTES} the buffer grows for good
   * @return where in {@link #buffer} to write
   */
  public int reserve(int bytes) throws IOException {
    copyReferred();
    if (bytes > buffer.length - position) {
      makeRoom(bytes);
    }
    return position;
  }

  /** What the buffer takes before it goes to the sink: the largest frame, if it is not larger. */
  private int mostBytes() {
    return Math.max(FrameSink.MAX_BYTES, buffer.length);
  }

  /** The buffer grows to the size of the largest frame; a full one goes to the sink first. */
  private void makeRoom(int bytes) throws IOException {
    if (sink != null && bytes > mostBytes() - position) {
      flush();
    }
    int needed = Math.addExact(position, bytes);
    if (needed > buffer.length) {
      long doubled = 2L * buffer.length;
      long most = sink == null ? Integer.MAX_VALUE - 8 : FrameSink.MAX_BYTES;
      buffer = Arrays.copyOf(buffer, (int) Math.max(needed, Math.min(doubled, most)));
    }
  }

  /** The array to write into between {@link #reserve} and {@link #advance}; may change with it. */
  public byte[] buffer() {
    return buffer;
  }

  /** Counts bytes written after {@link #reserve} as part of the lane. */
  public void advance(int bytes) {
    position += bytes;
  }

  /** Appends one byte. */
  public void writeByte(int value) throws IOException {
    int at = reserve(1);
    buffer[at] = (byte) value;
    position = at + 1;
  }

  /** Appends an unsigned LEB128 number. */
  public void writeVarint(long value) throws IOException {
    int at = reserve(MAX_VARINT_BYTES);
    position = putVarint(buffer, at, value);
  }

  /** Puts an unsigned LEB128 number; returns where it ends. */
  public static int putVarint(byte[] target, int offset, long value) {
    int at = offset;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }

  /** Appends a little-endian 32-bit number. */
  public void writeInt(int value) throws IOException {
    int at = reserve(4);
    buffer[at] = (byte) value;
    buffer[at + 1] = (byte) (value >>> 8);
    buffer[at + 2] = (byte) (value >>> 16);
    buffer[at + 3] = (byte) (value >>> 24);
    position = at + 4;
  }

  /** Appends bytes, any number. */
  public void write(byte[] source, int offset, int length) throws IOException {
    copyReferred();
    int from = offset;
    int left = length;
    while (left > 0) {
      int at = reserve(sink == null ? left : Math.max(1, Math.min(left, mostBytes() - position)));
      int n = Math.min(left, buffer.length - at);
      System.arraycopy(source, from, buffer, at, n);
      position = at + n;
      from += n;
      left -= n;
    }
  }

  /**
   * Appends bytes that do not change until the lane is flushed. Neighbours in one array go to the
   * sink from there, uncopied.
   *
   * @param length at least 1
   */
  public void refer(byte[] source, int offset, int length) throws IOException {
    if (length > FrameSink.MAX_BYTES) {
      flush();
      send(source, offset, length);
      return;
    }
    if (buffered() == 0) {
      referred = source;
      referredOffset = offset;
      referredLength = length;
    } else if (source == referred
        && offset == referredOffset + referredLength
        && length <= FrameSink.MAX_BYTES - referredLength) {
      referredLength += length;
    } else {
      write(source, offset, length);
    }
    if (referredLength == FrameSink.MAX_BYTES) {
      flush();
    }
  }

  private void copyReferred() {
    byte[] source = referred;
    if (source != null) {
      if (referredLength > buffer.length) {
        buffer = new byte[FrameSink.MAX_BYTES];
      }
      System.arraycopy(source, referredOffset, buffer, 0, referredLength);
      position = referredLength;
      discardReferred();
    }
  }

  private void discardReferred() {
    referred = null;
    referredLength = 0;
  }

  /** Bytes written since creation. */
  public long totalBytes() {
    return flushed + buffered();
  }

  /** Bytes not yet given to the sink. */
  int buffered() {
    return position + referredLength;
  }

  /** Moves what is buffered to another lane. */
  void moveTo(LaneWriter other) throws IOException {
    copyReferred();
    other.write(buffer, 0, position);
    position = 0;
  }

  /** Forgets what is buffered. */
  void discard() {
    position = 0;
    discardReferred();
  }

  /** Gives what is buffered to the sink. */
  public void flush() throws IOException {
    int length = buffered();
    if (length > 0) {
      byte[] source = referred;
      int offset = referredOffset;
      discard();
      send(source == null ? buffer : source, source == null ? 0 : offset, length);
    }
  }

  private void send(byte[] source, int offset, int length) throws IOException {
    FrameSink frames = sink;
    if (frames == null) {
      throw new IllegalStateException("what is written to lane " + lane + " is to be moved");
    }
    for (int done = 0; done < length; ) {
      int n = Math.min(length - done, FrameSink.MAX_BYTES);
      flushed += n;
      frames.frame(lane, source, offset + done, n);
      done += n;
    }
  }
}
