package emulha.wire;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * Writes frames. Small ones are gathered until {@link #flush}, or until there is enough for a large
 * write. Safe for several threads; each frame is written whole.
 */
public final class FrameWriter implements FrameOutput {
  /** As soon as this many bytes are gathered they are written. */
  private static final int WRITE_BYTES = 128 * 1024;

  private static final byte[] EMPTY = new byte[0];
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final WritableByteChannel channel;
  private final Watchdog watchdog;
  private final ReentrantLock lock = new ReentrantLock();
  private ByteBuffer buffer = ByteBuffer.allocate(FrameFormat.HEADER_BYTES + Message.MAX_BYTES);
  private final byte[] headerBytes = new byte[FrameFormat.HEADER_BYTES];
  private final ByteBuffer header = ByteBuffer.wrap(headerBytes).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[] messageBytes = new byte[Message.MAX_BYTES];
  private final CRC32C crc = new CRC32C();
  private int sequence;
  private long bytes;
  private long writeNs;
  private long cpuNs;
  private long writtenAt;

  FrameWriter(WritableByteChannel channel, Watchdog watchdog) {
    this.channel = channel;
    this.watchdog = watchdog;
  }

  /** Makes ready for large frames, to a peer that is trusted with the memory for them. */
  void enlarge() {
    lock.lock();
    try {
      buffer =
          ByteBuffer.allocateDirect(
                  WRITE_BYTES + FrameFormat.HEADER_BYTES + FrameFormat.MAX_BODY_BYTES)
              .put(buffer.flip());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(Message message) throws IOException {
    lock.lock();
    try {
      ByteBuffer body = ByteBuffer.wrap(messageBytes).order(ByteOrder.LITTLE_ENDIAN);
      message.putTo(body);
      write(message.type(), 0, messageBytes, 0, body.position());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void send(Message message) throws IOException {
    lock.lock();
    try {
      write(message);
      flush();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(FrameType type, int lane, byte[] body, int offset, int length)
      throws IOException {
    Objects.checkFromIndexSize(offset, length, body.length);
    if (length > FrameFormat.MAX_BODY_BYTES) {
      throw new IllegalArgumentException("frame body of " + length + " bytes");
    }
    lock.lock();
    try {
      long cpu = THREADS.getCurrentThreadCpuTime();
      append(type, lane, body, offset, length);
      bytes += FrameFormat.HEADER_BYTES + length;
      if (buffer.position() >= WRITE_BYTES) {
        flushBuffer();
      }
      cpuNs += THREADS.getCurrentThreadCpuTime() - cpu;
    } finally {
      lock.unlock();
    }
  }

  private void append(FrameType type, int lane, byte[] body, int offset, int length)
      throws IOException {
    if (buffer.remaining() < FrameFormat.HEADER_BYTES + length) {
      flushBuffer();
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
  }

  /** Writes all that is gathered to the connection. */
  public void flush() throws IOException {
    lock.lock();
    try {
      long cpu = THREADS.getCurrentThreadCpuTime();
      flushBuffer();
      cpuNs += THREADS.getCurrentThreadCpuTime() - cpu;
    } finally {
      lock.unlock();
    }
  }

  private void flushBuffer() throws IOException {
    buffer.flip();
    long start = System.nanoTime();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw watchdog.explain(e);
    } finally {
      writtenAt = System.nanoTime();
      writeNs += writtenAt - start;
      buffer.clear();
    }
  }

  /**
   * Shows the peer that this end lives, if nothing else has for {@code idleNs}. Not before the
   * first frame, and not while another thread writes.
   */
  void heartbeat(long idleNs) throws IOException {
    if (lock.tryLock()) {
      try {
        if (sequence != 0 && System.nanoTime() - writtenAt > idleNs) {
          append(FrameType.HEARTBEAT, 0, EMPTY, 0, 0);
          flushBuffer();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public Totals totals() {
    lock.lock();
    try {
      return new Totals(bytes, cpuNs, writeNs);
    } finally {
      lock.unlock();
    }
  }
}
