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

  /** What a lane is begun with: a VM of few pages needs no more. */
  static final int FIRST_BYTES = 4 << 10;

  private final int lane;
  private final @Nullable FrameSink sink;
  private byte[] buffer = new byte[FIRST_BYTES];

  /** What waits for the sink: in the buffer, from its begin, or where it is referred to. */
  private byte[] waiting = buffer;

  private int offset;
  private int length;
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
    if (bytes > buffer.length - length) {
      makeRoom(bytes);
    }
    return length;
  }

  /** What the buffer takes before it goes to the sink: the largest frame, if it is not larger. */
  private int mostBytes() {
    return Math.max(FrameSink.MAX_BYTES, buffer.length);
  }

  /** The buffer grows to the size of the largest frame; a full one goes to the sink first. */
  private void makeRoom(int bytes) throws IOException {
    if (sink != null && bytes > mostBytes() - length) {
      flush();
    }
    int needed = Math.addExact(length, bytes);
    if (needed > buffer.length) {
      long doubled = 2L * buffer.length;
      long most = sink == null ? Integer.MAX_VALUE - 8 : FrameSink.MAX_BYTES;
      buffer = Arrays.copyOf(buffer, (int) Math.max(needed, Math.min(doubled, most)));
      waiting = buffer;
    }
  }

  /** The array to write into between {@link #reserve} and {@link #advance}; may change with it. */
  public byte[] buffer() {
    return buffer;
  }

  /** Counts bytes written after {@link #reserve} as part of the lane. */
  public void advance(int bytes) {
    length += bytes;
  }

  public void writeByte(int value) throws IOException {
    int at = reserve(1);
    buffer[at] = (byte) value;
    length = at + 1;
  }

  /** Appends an unsigned LEB128 number. */
  public void writeVarint(long value) throws IOException {
    int at = reserve(MAX_VARINT_BYTES);
    length = putVarint(buffer, at, value);
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
    length = at + 4;
  }

  /** Appends bytes, any number. */
  public void write(byte[] source, int from, int bytes) throws IOException {
    copyReferred();
    for (int done = 0; done < bytes; ) {
      int left = bytes - done;
      int at = reserve(sink == null ? left : Math.max(1, Math.min(left, mostBytes() - length)));
      int n = Math.min(left, buffer.length - at);
      System.arraycopy(source, from + done, buffer, at, n);
      length = at + n;
      done += n;
    }
  }

  /**
   * Appends bytes that do not change until the lane is flushed. Neighbours in one array go to the
   * sink from there, uncopied.
   *
   * @param bytes at least 1
   */
  public void refer(byte[] source, int from, int bytes) throws IOException {
    if (bytes > FrameSink.MAX_BYTES) {
      flush();
      send(source, from, bytes);
      return;
    }
    if (length == 0) {
      waiting = source;
      offset = from;
      length = bytes;
    } else if (source == waiting
        && from == offset + length
        && bytes <= FrameSink.MAX_BYTES - length) {
      length += bytes;
    } else {
      write(source, from, bytes);
    }
    if (waiting != buffer && length == FrameSink.MAX_BYTES) {
      flush();
    }
  }

  private void copyReferred() {
    if (waiting != buffer) {
      if (length > buffer.length) {
        buffer = new byte[FrameSink.MAX_BYTES];
      }
      System.arraycopy(waiting, offset, buffer, 0, length);
      waiting = buffer;
      offset = 0;
    }
  }

  /** Bytes written since creation. */
  public long totalBytes() {
    return flushed + length;
  }

  /** Bytes not yet given to the sink. */
  int buffered() {
    return length;
  }

  void moveTo(LaneWriter other) throws IOException {
    other.write(waiting, offset, length);
    discard();
  }

  /** Forgets what is buffered. */
  void discard() {
    waiting = buffer;
    offset = 0;
    length = 0;
  }

  /** Gives what is buffered to the sink. */
  public void flush() throws IOException {
    if (length > 0) {
      byte[] source = waiting;
      int from = offset;
      int bytes = length;
      discard();
      send(source, from, bytes);
    }
  }

  private void send(byte[] source, int from, int bytes) throws IOException {
    FrameSink frames = sink;
    if (frames == null) {
      throw new IllegalStateException("what is written to lane " + lane + " is to be moved");
    }
    for (int done = 0; done < bytes; ) {
      int n = Math.min(bytes - done, FrameSink.MAX_BYTES);
      flushed += n;
      frames.frame(lane, source, from + done, n);
      done += n;
    }
  }
}
