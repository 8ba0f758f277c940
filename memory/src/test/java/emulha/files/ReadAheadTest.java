package emulha.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadAheadTest {
  private static final int BLOCK = 1 << 20;

  /** Gives what it holds in pieces of any length, then an error, if there is one. */
  private static final class Source extends FilterInputStream {
    private final Random random = new Random(7);
    private final IOException error;
    boolean closed;

    Source(byte[] content, IOException error) {
      super(new ByteArrayInputStream(content));
      this.error = error;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = in.read(bytes, offset, 1 + random.nextInt(length));
      if (read < 0 && error != null) {
        throw error;
      }
      return read;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static byte[] content(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  // A block given back too early, or one lost at the end, would change recordings silently.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 8 * BLOCK, 20 * BLOCK + 17})
  void readsWhatTheOtherHolds(int length) throws IOException {
    byte[] content = content(length);
    var source = new Source(content, null);
    try (var ahead = new ReadAhead(source)) {
      var read = new ByteArrayOutputStream();
      var random = new Random(1);
      byte[] piece = new byte[3 * BLOCK / 2];
      while (true) {
        int one = random.nextInt(4) == 0 ? ahead.read() : -1;
        if (one >= 0) {
          read.write(one);
        }
        int got = ahead.read(piece, 5, 1 + random.nextInt(piece.length - 5));
        if (got < 0) {
          break;
        }
        read.write(piece, 5, got);
      }
      assertArrayEquals(content, read.toByteArray());
      assertEquals(-1, ahead.read(), "the end stays");
      assertFalse(source.closed);
    }
    assertTrue(source.closed);
  }

  // An error that came before the bytes in front of it would name the wrong place of a recording.
  @ParameterizedTest
  @ValueSource(ints = {0, 100, BLOCK, 3 * BLOCK + 5})
  void anErrorComesAfterWhatWasReadBeforeIt(int length) throws IOException {
    var damaged = new DamagedFileException("file", length, "it ends");
    byte[] content = content(length);
    try (var ahead = new ReadAhead(new Source(content, damaged))) {
      assertArrayEquals(content, ahead.readNBytes(length));
      assertSame(damaged, assertThrows(IOException.class, () -> ahead.read(new byte[1])));
      assertSame(damaged, assertThrows(IOException.class, ahead::read), "and stays");
    }
  }

  @Test
  void closingEndsItsThread() throws Exception {
    var reading = new CountDownLatch(1);
    var endless =
        new InputStream() {
          Thread thread;

          @Override
          public int read() {
            throw new AssertionError("read in blocks");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            thread = Thread.currentThread();
            reading.countDown();
            Arrays.fill(bytes, offset, offset + length, (byte) 1);
            return length;
          }
        };
    try (var ahead = new ReadAhead(endless)) {
      reading.await();
      assertEquals(1, ahead.read());
    }
    assertFalse(endless.thread.isAlive());
  }
}
