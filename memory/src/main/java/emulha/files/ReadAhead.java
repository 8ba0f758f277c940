package emulha.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Another stream, read on a thread of its own, a few megabytes ahead of who reads this one: what
 * makes that stream, such as a decompressor, runs beside what is done with it. Its bytes, its end
 * and its errors are the other's, at the same places. The thread ends with the stream, or when this
 * is closed. For one reader.
 */
public final class ReadAhead extends InputStream {
  private static final int BLOCK_BYTES = 1 << 20;

  /** Blocks that may wait; two more are in the hands of the two threads. */
  private static final int WAITING = 6;

  /**
   * Part of the stream.
   *
   * @param length of its content; less than the block holds in the last one
   * @param error what came after that content, in place of more
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Block(byte[] bytes, int length, @Nullable Throwable error) {}

  private final InputStream in;
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(WAITING + 2);
  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(WAITING);
  private final Thread thread;
  private Block block = new Block(new byte[0], 0, null);
  private int next;

  /**
   * Starts reading.
   *
   * @param in used by the thread alone from now on; closed with this
   */
  public ReadAhead(InputStream in) {
    this.in = in;
    thread = Thread.ofPlatform().daemon().name("read ahead").start(this::fill);
  }

  private void fill() {
    try {
      for (int blocks = 1; ; blocks++) {
        byte[] bytes = blocks <= WAITING + 2 ? new byte[BLOCK_BYTES] : empty.take();
        Block read = nextBlock(bytes);
        full.put(read);
        if (read.length < bytes.length) {
          return;
        }
      }
    } catch (InterruptedException e) {
      // Closed: nobody takes more.
    }
  }

  private Block nextBlock(byte[] bytes) {
    int length = 0;
    try {
      for (int read; length < bytes.length; length += read) {
        read = in.read(bytes, length, bytes.length - length);
        if (read < 0) {
          break;
        }
      }
      return new Block(bytes, length, null);
    } catch (IOException | RuntimeException | Error e) {
      return new Block(bytes, length, e);
    }
  }

  @Override
  public int read() throws IOException {
    return available(1) ? block.bytes[next++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (!available(length)) {
      return -1;
    }
    int read = Math.min(length, block.length - next);
    System.arraycopy(block.bytes, next, bytes, offset, read);
    next += read;
    return read;
  }

  /** Whether there is more, at least if so much is wanted. */
  private boolean available(int wanted) throws IOException {
    if (next < block.length || wanted == 0) {
      return true;
    }
    switch (block.error) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(block.error);
    }
    if (block.length < block.bytes.length) {
      return false;
    }
    try {
      if (block.length > 0) {
        empty.put(block.bytes);
      }
      block = full.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading");
    }
    next = 0;
    return available(wanted);
  }

  @Override
  public void close() throws IOException {
    thread.interrupt();
    Closing.join(thread);
    in.close();
  }
}
