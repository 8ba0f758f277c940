package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.wire.Connection;
import emulha.wire.Message;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Ten thousand broken or hostile peers, all from literal seeds, while a session runs. Without this,
 * one of them could stop a night's measurement, or fill the receiver's memory.
 */
@Timeout(300)
@Isolated("counts all threads that receive, and all direct memory")
class FuzzedPeersTest {
  private static final int PEERS = 10_000;
  private static final int PEERS_A_CHECKPOINT = 50;
  private static final int MAX_CONNECTIONS = 16;
  private static final int PAGES = 256;

  /** What a peer does. */
  private enum Kind {
    /** Connects and says nothing, for as long as it may. */
    SILENT,
    /** Sends a byte of a good hello now and then, for as long as it may. */
    SLOW,
    /** Connects and leaves. */
    PASSING,
    NOISE,
    /** A header whose checksum is right, and whose length, type, lane or sequence is anything. */
    HEADER,
    /** A hello whose frame is right, and whose body is anything. */
    BODY,
    /** A good hello in which a bit is wrong. */
    FLIPPED,
    /** A part of a good hello. */
    CUT,
    /** A good hello, then noise. */
    HELLO_THEN_NOISE,
    /** A good hello, then good frames, as if it had been welcomed. */
    HELLO_THEN_FRAMES
  }

  private static byte[] frame(int type, int lane, int length, int sequence, byte[] body) {
    var crc = new CRC32C();
    crc.update(body);
    var bytes = ByteBuffer.allocate(24 + body.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("EMHF".getBytes(StandardCharsets.US_ASCII)).put((byte) type).put((byte) 0);
    bytes.putShort((short) lane).putInt(length).putInt(sequence).putInt((int) crc.getValue());
    crc.reset();
    crc.update(bytes.array(), 0, 20);
    bytes.putInt((int) crc.getValue()).put(body);
    return bytes.array();
  }

  private static byte[] hello(String method, String name, long ramPages) {
    byte[] methodBytes = method.getBytes(StandardCharsets.UTF_8);
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    var body =
        ByteBuffer.allocate(4 + 1 + 4 + methodBytes.length + 4 + 4 + nameBytes.length + 8 + 4)
            .order(ByteOrder.LITTLE_ENDIAN);
    body.putInt(Message.VERSION).put((byte) 1).putInt(methodBytes.length).put(methodBytes);
    body.putInt(1).putInt(nameBytes.length).put(nameBytes).putLong(ramPages);
    body.putInt(4096);
    return frame(1, 0, body.capacity(), 0, body.array());
  }

  private static byte[] noise(Random random, int max) {
    byte[] bytes = new byte[random.nextInt(max)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] join(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }

  /** What it writes at once. */
  private static byte[] words(Kind kind, Random random) {
    byte[] good = hello("none", "../../etc/passwd\u001b[2J", 1L << 17);
    return switch (kind) {
      case SILENT, PASSING -> new byte[0];
      case SLOW -> new byte[] {'E'};
      case NOISE -> noise(random, 100_000);
      case HEADER ->
          join(
              frame(
                  random.nextInt(256),
                  random.nextInt(65536),
                  random.nextBoolean() ? random.nextInt() : random.nextInt(300_000),
                  random.nextInt(3) - 1,
                  new byte[0]),
              noise(random, 2000));
      case BODY -> {
        byte[] body = noise(random, 2000);
        if (body.length > 20 && random.nextBoolean()) {
          // As far as the method it is right.
          ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).putInt(1).put((byte) 1).putInt(3);
        }
        yield frame(1 + random.nextInt(20), 0, body.length, 0, body);
      }
      case FLIPPED -> {
        int bit = random.nextInt(8 * good.length);
        good[bit / 8] ^= (byte) (1 << bit % 8);
        yield good;
      }
      case CUT -> java.util.Arrays.copyOf(good, random.nextInt(good.length));
      case HELLO_THEN_NOISE -> join(good, noise(random, 50_000));
      case HELLO_THEN_FRAMES ->
          join(good, join(frame(4, 0, 8, 1, new byte[8]), frame(17, 0, 0, 2, new byte[0])));
    };
  }

  /** Does its worst, and leaves; or is kept, to leave at the end. */
  private static void visit(InetSocketAddress to, Kind kind, Random random, List<Socket> kept)
      throws IOException {
    var socket = new Socket();
    if (random.nextInt(4) == 0) {
      // Leaves with a reset in place of an end.
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    socket.connect(to);
    if (kind == Kind.SILENT || kind == Kind.SLOW) {
      kept.add(socket);
    }
    try {
      socket.getOutputStream().write(words(kind, random));
      if (random.nextBoolean() && !kept.contains(socket)) {
        socket.shutdownOutput();
        InputStream in = socket.getInputStream();
        while (in.read() >= 0) {
          // Whatever it is told.
        }
      }
    } catch (IOException e) {
      // Cut off, as it deserves.
    } finally {
      if (!kept.contains(socket)) {
        socket.close();
      }
    }
  }

  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  private static long receivingThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("receiving"))
        .count();
  }

  @Test
  void tenThousandOfThemLeaveARunningSessionUnharmed() throws Exception {
    Method method = Method.parse("none");
    var random = new Random(0xf022edL);
    Map<Kind, Integer> visits = new EnumMap<>(Kind.class);
    List<Socket> kept = new ArrayList<>();
    var digests = new PageDigests(PAGES, PageSize.SMALL);
    long mostThreads = 0;
    try (var receiver = new RunningReceiver(false);
        var connection = receiver.connect();
        var encoder = CheckpointEncoder.of(method, new long[] {PAGES}, connection.writer())) {
      var reader = connection.reader();
      var writer = connection.writer();
      writer.send(
          new Message.Hello(
              Message.VERSION, true, method.spec(), List.of(new Message.Vm("vm", PAGES))));
      assertInstanceOf(Message.Welcome.class, reader.nextMessage());
      writer.send(new Message.Start(Message.NOTHING));
      assertInstanceOf(Message.Started.class, reader.nextMessage());
      long directBefore = directBytes();
      for (int peer = 0; peer < PEERS; peer++) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        visits.merge(kind, 1, Integer::sum);
        visit(receiver.address(), kind, random, kept);
        for (Socket slow : kept) {
          if (random.nextInt(64) == 0) {
            dribble(slow);
          }
        }
        if (peer % PEERS_A_CHECKPOINT == PEERS_A_CHECKPOINT - 1) {
          mostThreads = Math.max(mostThreads, receivingThreads());
          replicate(connection, encoder, digests, peer / PEERS_A_CHECKPOINT, random);
          if (kept.size() > 2 * MAX_CONNECTIONS) {
            leave(kept);
          }
        }
      }
      writer.send(new Message.Finish(List.of(digests.ofImage())));
      assertInstanceOf(Message.Finished.class, reader.nextMessage());
      writer.send(new Message.Bye());
      receiver.awaitSessionEnd();
      assertEquals(1, receiver.images.size());
      // A thread may be ending while the next one begins.
      assertTrue(mostThreads <= MAX_CONNECTIONS + 2, "threads: " + mostThreads);
      assertTrue(directBytes() - directBefore < 32 << 20, "direct memory: " + directBytes());
      assertTrue(
          receiver.notes.stream().noneMatch(line -> line.contains("\u001b")),
          "a peer must not steer the terminal");
    } finally {
      leave(kept);
    }
    visits.values().forEach(count -> assertTrue(count > PEERS / 20, visits::toString));
  }

  private static void dribble(Socket slow) {
    try {
      slow.getOutputStream().write('M');
    } catch (IOException e) {
      // Cut to make room for others.
    }
  }

  private static void leave(List<Socket> kept) throws IOException {
    for (Socket socket : kept) {
      socket.close();
    }
    kept.clear();
  }

  private static void replicate(
      Connection connection,
      CheckpointEncoder encoder,
      PageDigests digests,
      long number,
      Random random)
      throws IOException {
    var pages = new DirtyPages();
    byte[] page = new byte[Page.BYTES];
    for (int pfn = random.nextInt(8); pfn < PAGES; pfn += 1 + random.nextInt(32)) {
      random.nextBytes(page);
      pages.append(pfn, page, 0);
    }
    var writer = connection.writer();
    writer.write(new Message.Begin(CheckpointKind.INCREMENTAL, number));
    encoder.begin(CheckpointKind.INCREMENTAL);
    encoder.encode(0, pages);
    encoder.end();
    writer.write(new Message.VmEnd(0, pages.count(), digests.apply(pages, false), 0, 0));
    writer.send(new Message.End(CheckpointKind.INCREMENTAL, number));
    var ack = assertInstanceOf(Message.Ack.class, connection.reader().nextMessage());
    assertEquals(number, ack.number());
    var stored = assertInstanceOf(Message.Stored.class, connection.reader().nextMessage());
    assertEquals(number, stored.number());
  }

  /** Peers that only wait must not keep a sender out. */
  @Test
  void aSenderComesThroughThoseThatWait() throws Exception {
    List<Socket> waiting = new ArrayList<>();
    try (var receiver = new RunningReceiver(false)) {
      InetSocketAddress to = receiver.address();
      for (int i = 0; i < 5 * MAX_CONNECTIONS; i++) {
        waiting.add(new Socket(to.getAddress(), to.getPort()));
      }
      var series = List.<emulha.traces.Series>of(new MadeUpSeries("vm", 5, 256, 2, 16));
      var options = ReplicationTest.options(receiver, series, "none", emulha.runs.Base.SKIP);
      assertTrue(emulha.emulhacp.Sender.run(options, row -> {}).proof().verified());
    } finally {
      leave(waiting);
    }
  }
}
