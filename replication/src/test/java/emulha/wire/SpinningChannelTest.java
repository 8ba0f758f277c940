package emulha.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Watching a socket before blocking on it. Without this, it could watch longer than it was told to,
 * watch where bytes lie ready, or burn CPU time that is in no figure.
 */
final class SpinningChannelTest {
  private static final long SPIN_NS = 100;

  /** Time passes by the looks at the clock; each look at the socket takes CPU time. */
  private long now;

  private long cpu;
  private int looks;
  private int readyAtLook = Integer.MAX_VALUE;
  private final List<String> order = new ArrayList<>();

  private final ByteChannel socket =
      new ByteChannel() {
        @Override
        public int read(ByteBuffer target) {
          order.add("read");
          target.put((byte) 7);
          return 1;
        }

        @Override
        public int write(ByteBuffer source) {
          order.add("write");
          int n = source.remaining();
          source.position(source.limit());
          return n;
        }

        @Override
        public boolean isOpen() {
          return true;
        }

        @Override
        public void close() {
          order.add("close");
        }
      };

  private SpinningChannel channel() {
    return new SpinningChannel(
        socket,
        () -> {
          cpu += 3;
          return ++looks >= readyAtLook ? 1 : 0;
        },
        SPIN_NS,
        () -> now += 10,
        () -> cpu);
  }

  @Test
  void readsAtOnceWhatLiesReady() throws IOException {
    readyAtLook = 1;
    SpinningChannel channel = channel();
    assertEquals(1, channel.read(ByteBuffer.allocate(8)));
    assertEquals(1, looks);
    assertEquals(0, now, "it asked for the time");
    assertEquals(Spun.NONE, channel.spun());
  }

  @Test
  void watchesUntilSomethingComes() throws IOException {
    readyAtLook = 4;
    SpinningChannel channel = channel();
    assertEquals(1, channel.read(ByteBuffer.allocate(8)));
    assertEquals(4, looks);
    assertEquals(new Spun(1, 1, 3 * 3), channel.spun());
  }

  @Test
  void blocksAfterTheTimeStated() throws IOException {
    SpinningChannel channel = channel();
    assertEquals(1, channel.read(ByteBuffer.allocate(8)));
    assertEquals(List.of("read"), order);
    // It begins at 10, and looks at 20, …, 100, which are less than 100 later.
    assertEquals(1 + 9, looks);
    assertEquals(new Spun(1, 0, 9 * 3), channel.spun());
    channel.read(ByteBuffer.allocate(8));
    assertEquals(2, channel.spun().waits(), "each wait is watched anew");
  }

  /** Without this, who connects and says nothing would burn a processor before it is known. */
  @Test
  void isNotWatchedUnlessItMayBe() throws IOException {
    SpinningChannel channel = channel();
    channel.watch(false);
    assertEquals(1, channel.read(ByteBuffer.allocate(8)));
    assertEquals(0, looks);
    channel.watch(true);
    assertEquals(1, channel.read(ByteBuffer.allocate(8)));
    assertEquals(new Spun(1, 0, 9 * 3), channel.spun());
  }

  /** What fails while it is watched, as when a watchdog closes it, fails the read. */
  @Test
  void aFailureEndsTheWatch() {
    var channel =
        new SpinningChannel(
            socket,
            () -> {
              throw new IOException("closed");
            },
            SPIN_NS,
            () -> now,
            () -> cpu);
    assertEquals(
        "closed",
        assertThrows(IOException.class, () -> channel.read(ByteBuffer.allocate(1))).getMessage());
  }

  @Test
  void writesAndClosesAreTheSockets() throws IOException {
    SpinningChannel channel = channel();
    assertEquals(5, channel.write(ByteBuffer.allocate(5)));
    assertTrue(channel.isOpen());
    channel.close();
    assertEquals(List.of("write", "close"), order);
    assertEquals(0, looks);
  }

  @Test
  void refusesTimesOutOfRange() {
    for (long ns : new long[] {-1, Spun.MOST_NS + 1}) {
      assertThrows(IllegalArgumentException.class, () -> Spun.checkedNs(ns));
    }
    assertEquals(Spun.MOST_NS, Spun.checkedNs(Spun.MOST_NS));
    assertThrows(IllegalArgumentException.class, () -> new Spun(1, 2, 0));
  }

  /** The real thing sees what came, and the end of the stream. */
  @Test
  @Timeout(60)
  void watchesARealSocket() throws IOException {
    try (var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (var client = SocketChannel.open(server.getLocalAddress());
          var peer = server.accept()) {
        var channel = new SpinningChannel(client, 1_000_000);
        peer.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        var got = ByteBuffer.allocate(3);
        while (got.hasRemaining()) {
          assertTrue(channel.read(got) > 0);
        }
        assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), got.flip());
        Spun before = channel.spun();
        peer.shutdownOutput();
        assertEquals(-1, channel.read(ByteBuffer.allocate(3)));
        Spun after = channel.spun().since(before);
        assertEquals(1, after.waits());
        assertEquals(0, after.met(), "the end of a stream is no byte");
        assertTrue(after.cpuNs() > 0);
      }
    }
  }
}
