package emulha.redis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers that answer what no client expects. Without this, the one that keeps a shared table could
 * have both ends reserve gigabytes, or wait for ever, and a stranger could read what it says.
 */
@Timeout(60)
class BoundedRepliesTest {
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static InputStream bounded(byte[] replies, long deadlineNs) {
    return new BoundedReplies(new ByteArrayInputStream(replies), 100, () -> deadlineNs);
  }

  private static long later() {
    return System.nanoTime() + Duration.ofMinutes(10).toNanos();
  }

  /** A string may hold what looks like the begin of a reply, and reads end anywhere. */
  @Test
  void whatIsWithinBoundsPassesUnchanged() throws IOException {
    byte[] replies =
        ascii(
            "+OK\r\n:123456789012345\r\n$-1\r\n*3\r\n$12\r\n$9999999999\n\r\n$0\r\n\r\n:-5\r\n-ERR no\r\n");
    var random = new Random(0x12e5L);
    for (int round = 0; round < 200; round++) {
      InputStream in = bounded(replies, later());
      byte[] got = new byte[replies.length];
      for (int at = 0; at < got.length; ) {
        at += in.read(got, at, Math.min(got.length - at, 1 + random.nextInt(8)));
      }
      assertArrayEquals(replies, got);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"$101\r\n", "*101\r\n", "$2147483647\r\n", "+OK\r\n$99999999999999999999\r\n"})
  void whatIsAnnouncedTooLongIsCut(String replies) {
    assertThrows(IOException.class, () -> bounded(ascii(replies), later()).readAllBytes());
  }

  @Test
  void aLineWithoutEndIsCut() {
    byte[] endless = ascii("-" + "A".repeat(5000));
    assertThrows(IOException.class, () -> bounded(endless, later()).readAllBytes());
  }

  @Test
  void whatComesTooLateIsCut() {
    assertThrows(
        SocketTimeoutException.class,
        () -> bounded(ascii("+OK\r\n"), System.nanoTime() - 1).readAllBytes());
  }

  /** A server that answers so to everything, until its client leaves. */
  private static final class Server implements AutoCloseable {
    final ServerSocket socket = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
    final AtomicInteger came = new AtomicInteger();
    final Semaphore left = new Semaphore(0);

    Server(String first, String then) throws IOException {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                while (!socket.isClosed()) {
                  try {
                    Socket client = socket.accept();
                    came.incrementAndGet();
                    Thread.ofPlatform().daemon().start(() -> answer(client, first, then));
                  } catch (IOException e) {
                    return;
                  }
                }
              });
    }

    private void answer(Socket client, String first, String then) {
      try (client) {
        client.getInputStream().read(new byte[65536]);
        client.getOutputStream().write(ascii(first));
        while (true) {
          client.getInputStream().read(new byte[65536]);
          for (byte one : ascii(then)) {
            client.getOutputStream().write(one);
          }
        }
      } catch (IOException e) {
        // The client has left.
      } finally {
        left.release();
      }
    }

    URI uri() {
      return URI.create("redis://127.0.0.1:" + socket.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void aServersErrorIsNotShown() throws Exception {
    String error = "-ERR the password is hunter2\r\n";
    try (var server = new Server(error.repeat(4), error)) {
      var e =
          assertThrows(IOException.class, () -> RedisChunks.open(server.uri(), line -> {}).close());
      assertFalse(String.valueOf(e.getMessage()).contains("hunter2"), e::toString);
      assertTrue(
          server.left.tryAcquire(server.came.get(), 30, TimeUnit.SECONDS), "connections stay open");
    }
  }

  /** Four gigabytes announced are none reserved: the table is lost, and the replay goes on. */
  @Test
  void aTableThatAnnouncesGigabytesIsLost() throws Exception {
    List<String> log = new ArrayList<>();
    try (var server = new Server(":0\r\n".repeat(20), "$2147480000\r\n");
        var chunks = RedisChunks.open(server.uri(), log::add)) {
      chunks.beginReplay(0);
      List<byte[]> digests = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        digests.add(new byte[16]);
      }
      assertNull(chunks.get(digests).getLast());
      assertTrue(chunks.lost(), log::toString);
    }
  }
}
