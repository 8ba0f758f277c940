package emulha.replication;

import emulha.codecs.FrameSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * Writes frames. Small ones are gathered until {@link #flush}, or until there is enough for a large
 * write. Safe for several threads; each frame is written whole.
 */
public final class FrameWriter implements FrameSink {
  /** As soon as this many bytes are gathered they are written. */
  private static final int WRITE_BYTES = 128 * 1024;

  private final WritableByteChannel channel;
  private final Watchdog.Operation writing;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(WRITE_BYTES + FrameFormat.HEADER_BYTES + FrameFormat.MAX_BODY_BYTES)
          .order(ByteOrder.LITTLE_ENDIAN);
  private final byte[] headerBytes = new byte[FrameFormat.HEADER_BYTES];
  private final ByteBuffer header = ByteBuffer.wrap(headerBytes).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[] messageBytes = new byte[Message.MAX_BYTES];
  private final CRC32C crc = new CRC32C();
  private int sequence;
  private long bytes;
  private long writeNs;

  FrameWriter(WritableByteChannel channel, Watchdog.Operation writing) {
    this.channel = channel;
    this.writing = writing;
  }

  /** Writes a frame of encoded bytes. */
  @Override
  public void frame(int lane, byte[] body, int offset, int length) throws IOException {
    write(FrameType.LANE, lane, body, offset, length);
  }

  /** Writes a message; it leaves with the next {@link #flush} at the latest. */
  public synchronized void write(Message message) throws IOException {
    ByteBuffer body = ByteBuffer.wrap(messageBytes).order(ByteOrder.LITTLE_ENDIAN);
    message.putTo(body);
    write(message.type(), 0, messageBytes, 0, body.position());
  }

  /** Writes a message and everything before it. */
  public synchronized void send(Message message) throws IOException {
    write(message);
    flush();
  }

  synchronized void write(FrameType type, int lane, byte[] body, int offset, int length)
      throws IOException {
    Objects.checkFromIndexSize(offset, length, body.length);
    if (length > FrameFormat.MAX_BODY_BYTES) {
      throw new IllegalArgumentException("frame body of " + length + " bytes");
    }
    crc.reset();
    crc.update(body, offset, length);
    header
        .clear()
        .putInt(FrameFormat.MAGIC)
        .put((byte) type.code())
        .put((byte) 0)
        .putShort((short) lane)
        .putInt(length)
        .putInt(sequence++)
        .putInt((int) crc.getValue());
    crc.reset();
    crc.update(headerBytes, 0, FrameFormat.HEADER_CRC_OFFSET);
    header.putInt((int) crc.getValue());
    buffer.put(headerBytes).put(body, offset, length);
    bytes += FrameFormat.HEADER_BYTES + length;
    if (buffer.position() >= WRITE_BYTES) {
      flush();
    }
  }

  /** Writes all that is gathered to the connection. */
  public synchronized void flush() throws IOException {
    buffer.flip();
    long start = System.nanoTime();
    writing.begin();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw writing.explain(e);
    } finally {
      writing.end();
      writeNs += System.nanoTime() - start;
      buffer.clear();
    }
  }

  /** Bytes of all frames so far, headers included. */
  public synchronized long bytes() {
    return bytes;
  }

  /** Time spent in writes to the connection so far. */
  public synchronized long writeNs() {
    return writeNs;
  }
}
