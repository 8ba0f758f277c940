package emulha.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.linux.Scheduling;
import emulha.testsupport.Samples;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Without this, a byte changed, lost, repeated or moved on the way could pass for content, and both
 * ends could agree on a layout that PROTOCOL.md does not describe.
 */
class FramesTest {
  private final Watchdog watchdog =
      new Watchdog(() -> {}, "test", Duration.ofMinutes(1), Duration.ofMinutes(1));

  @AfterEach
  void close() {
    watchdog.close();
  }

  private FrameWriter writer(ByteArrayOutputStream target) {
    var writer = new FrameWriter(Channels.newChannel(target), watchdog);
    writer.enlarge();
    return writer;
  }

  private FrameReader reader(byte[] bytes) {
    return new FrameReader(
        Channels.newChannel(new ByteArrayInputStream(bytes)), "test", watchdog, () -> Spun.NONE);
  }

  /** Three frames, each by itself: a message, encoded bytes, a message. */
  private List<byte[]> frames() throws IOException {
    List<byte[]> frames = new ArrayList<>();
    var bytes = new ByteArrayOutputStream();
    FrameWriter writer = writer(bytes);
    writer.send(new Message.Begin(CheckpointKind.FULL, 77));
    frames.add(bytes.toByteArray());
    bytes.reset();
    writer.frame(3, "some encoded bytes".getBytes(java.nio.charset.StandardCharsets.UTF_8), 5, 7);
    writer.flush();
    frames.add(bytes.toByteArray());
    bytes.reset();
    writer.send(new Message.End(CheckpointKind.FULL, 77));
    frames.add(bytes.toByteArray());
    assertEquals(frames.stream().mapToLong(f -> f.length).sum(), writer.totals().bytes());
    return frames;
  }

  private static byte[] join(List<byte[]> parts) {
    var all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }

  /** Reads all frames; fails if one is not as it was written. */
  private int readAll(byte[] bytes) throws IOException {
    FrameReader reader = reader(bytes);
    int count = 0;
    for (; reader.next(); count++) {
      if (reader.type() == FrameType.LANE) {
        byte[] body = new byte[reader.length()];
        reader.readBody(body, 0);
        assertArrayEquals("encoded".getBytes(java.nio.charset.StandardCharsets.UTF_8), body);
        assertEquals(3, reader.lane());
      } else {
        reader.readMessage();
      }
    }
    return count;
  }

  @Test
  void framesArriveAsWritten() throws IOException {
    assertEquals(3, readAll(join(frames())));
  }

  /** The layout of PROTOCOL.md, put together by hand. */
  @Test
  void theLayoutIsTheDocumentedOne() throws IOException {
    byte[] body = "encoded".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    var crc = new CRC32C();
    crc.update(body);
    ByteBuffer expected = ByteBuffer.allocate(24 + 7).order(ByteOrder.LITTLE_ENDIAN);
    expected.put(new byte[] {'E', 'M', 'H', 'F', 7, 0, 3, 0, 7, 0, 0, 0, 1, 0, 0, 0});
    expected.putInt((int) crc.getValue());
    crc.reset();
    crc.update(expected.array(), 0, 20);
    expected.putInt((int) crc.getValue()).put(body);
    assertArrayEquals(expected.array(), frames().get(1));
  }

  @Test
  void anyFlippedBitIsFound() throws IOException {
    byte[] good = join(frames());
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThrows(IOException.class, () -> readAll(bad), "bit " + bit);
    }
  }

  @Test
  void anyTruncationIsFound() throws IOException {
    List<byte[]> frames = frames();
    byte[] good = join(frames);
    var boundaries = List.of(0, frames.get(0).length, good.length - frames.get(2).length);
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      if (boundaries.contains(length)) {
        assertEquals(boundaries.indexOf(length), readAll(cut));
      } else {
        assertThrows(ConnectionLostException.class, () -> readAll(cut), "length " + length);
      }
    }
  }

  @Test
  void framesLostRepeatedOrMovedAreFound() throws IOException {
    List<byte[]> f = frames();
    for (List<byte[]> wrong :
        List.of(
            List.of(f.get(1), f.get(2)),
            List.of(f.get(0), f.get(2)),
            List.of(f.get(0), f.get(0), f.get(1), f.get(2)),
            List.of(f.get(0), f.get(2), f.get(1)))) {
      var e = assertThrows(ProtocolException.class, () -> readAll(join(wrong)));
      assertTrue(String.valueOf(e.getMessage()).contains("sequence number"), e::toString);
    }
  }

  /** A length is believed only within bounds, even under a right checksum. */
  @Test
  void lengthsBeyondBoundsAreRefusedBeforeTheBody() {
    for (int[] typeAndLength :
        new int[][] {{7, 262145}, {7, -1}, {6, 65537}, {1, Integer.MAX_VALUE}}) {
      ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
      header.put(new byte[] {'E', 'M', 'H', 'F', (byte) typeAndLength[0], 0, 0, 0});
      header.putInt(typeAndLength[1]).putInt(0).putInt(0);
      var crc = new CRC32C();
      crc.update(header.array(), 0, 20);
      header.putInt((int) crc.getValue());
      var e = assertThrows(ProtocolException.class, () -> reader(header.array()).next());
      assertTrue(String.valueOf(e.getMessage()).contains("bytes, at most"), e::toString);
    }
  }

  /** A frame may be longer than any message: what is said of it must not depend on its length. */
  @Test
  void framesOfAnyLengthAreRefusedInPlaceOfAMessage() throws IOException {
    for (int length : List.of(1, 1025, 65536, 65537, 262144)) {
      var bytes = new ByteArrayOutputStream();
      FrameWriter writer = writer(bytes);
      writer.frame(1, new byte[length], 0, length);
      writer.flush();
      FrameReader reader = reader(bytes.toByteArray());
      var e = assertThrows(ProtocolException.class, reader::nextMessage);
      assertEquals("found LANE where a message was expected", e.getMessage());
    }
  }

  /** Without the bound, a peer that never writes could hold a thread for ever. */
  @Test
  void aSilentPeerIsGivenUp() throws IOException {
    try (var pair = new SocketPair(Duration.ofMillis(20))) {
      var reader = new FrameReader(pair.watched, "test", pair.watchdog, () -> Spun.NONE);
      var e = assertThrows(ConnectionLostException.class, reader::next);
      assertEquals("peer test is silent for more than 20 ms", e.getMessage());
    }
  }

  /** Without the bound, a peer that never reads could hold a thread for ever. */
  @Test
  void aPeerThatDoesNotReadIsGivenUp() throws IOException {
    try (var pair = new SocketPair(Duration.ofMillis(20))) {
      var writer = new FrameWriter(pair.watched, pair.watchdog);
      writer.enlarge();
      byte[] body = new byte[256 * 1024];
      var e =
          assertThrows(
              ConnectionLostException.class,
              () -> {
                while (true) {
                  writer.frame(1, body, 0, body.length);
                }
              });
      assertEquals("peer test is not reading for more than 20 ms", e.getMessage());
    }
  }

  /** Without this a slow link that this end imitates would pass for a peer that does not read. */
  @Test
  @Timeout(60)
  void aLinkThatIsSlowIsNoPeerThatDoesNotRead() throws IOException {
    try (var pair = new SocketPair(Duration.ofMillis(20))) {
      var link =
          new FilterChannel(pair.watched) {
            @Override
            public int write(ByteBuffer source) throws IOException {
              long end = System.nanoTime() + Duration.ofMillis(200).toNanos();
              while (isOpen() && System.nanoTime() < end) {
                Thread.onSpinWait();
              }
              return super.write(source);
            }
          };
      var writer = new FrameWriter(link, pair.watchdog);
      writer.send(new Message.Bye());
      var received = ByteBuffer.allocate(FrameFormat.HEADER_BYTES);
      while (received.hasRemaining()) {
        assertTrue(pair.peer.read(received) > 0);
      }
    }
  }

  /** Without this a frame that takes longer than the timeout on a slow link could not come. */
  @Test
  @Timeout(60)
  void aFrameThatComesByAndByIsNoSilence() throws Exception {
    Duration timeout = Duration.ofSeconds(1);
    var bytes = new ByteArrayOutputStream();
    writer(bytes).send(new Message.Refused("x".repeat(60)));
    try (var pair = new SocketPair(timeout)) {
      var peer =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (byte one : bytes.toByteArray()) {
                    LockSupport.parkNanos(timeout.toNanos() / 50);
                    pair.peer.write(ByteBuffer.wrap(new byte[] {one}));
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      var reader = new FrameReader(pair.watched, "test", pair.watchdog, () -> Spun.NONE);
      assertEquals(new Message.Refused("x".repeat(60)), reader.nextMessage());
      peer.get();
    }
  }

  /** Without the bound, a peer that sends a byte now and then could hold a session for ever. */
  @Test
  @Timeout(60)
  void aFrameThatDoesNotEndIsGivenUp() throws IOException {
    var bytes = new ByteArrayOutputStream();
    writer(bytes).send(new Message.Refused("x".repeat(60)));
    try (var pair = new SocketPair(Duration.ofMinutes(1), Duration.ofMillis(20))) {
      pair.peer.write(ByteBuffer.wrap(bytes.toByteArray(), 0, bytes.size() - 1));
      var reader = new FrameReader(pair.watched, "test", pair.watchdog, () -> Spun.NONE);
      reader.requireNext();
      var e = assertThrows(ConnectionLostException.class, reader::readMessage);
      assertEquals("peer test is sending one frame for more than 20 ms", e.getMessage());
    }
  }

  /** A connection of which one end is watched. */
  private static final class SocketPair implements AutoCloseable {
    final SocketChannel peer;
    final ByteChannel watched;
    final Watchdog watchdog;

    SocketPair(Duration timeout) throws IOException {
      this(timeout, Duration.ofMinutes(1));
    }

    SocketPair(Duration timeout, Duration idle) throws IOException {
      try (var server = ServerSocketChannel.open()) {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        var own = SocketChannel.open(server.getLocalAddress());
        peer = server.accept();
        watchdog = new Watchdog(own, "test", timeout, idle);
        watchdog.start();
        watched = watchdog.over(own);
      }
    }

    @Override
    public void close() throws IOException {
      watchdog.close();
      watched.close();
      peer.close();
    }
  }

  /** Without them, a slow method would be taken for a lost peer. */
  @Test
  void heartbeatsArePassedOverAndNotCounted() throws IOException {
    var bytes = new ByteArrayOutputStream();
    FrameWriter writer = writer(bytes);
    writer.heartbeat(-1);
    assertEquals(0, bytes.size(), "none before the first frame");
    writer.send(new Message.Start(-2));
    long before = writer.totals().bytes();
    writer.heartbeat(-1);
    writer.heartbeat(Long.MAX_VALUE);
    assertEquals(before + 24, bytes.size(), "one heartbeat, a header alone, when idle long enough");
    assertEquals(before, writer.totals().bytes());
    writer.send(new Message.Bye());
    FrameReader reader = reader(bytes.toByteArray());
    assertEquals(new Message.Start(-2), reader.nextMessage());
    assertEquals(new Message.Bye(), reader.nextMessage());
    assertFalse(reader.next());
    var first = new ByteArrayOutputStream();
    FrameWriter hostile = writer(first);
    hostile.write(FrameType.HEARTBEAT, 0, new byte[0], 0, 0);
    hostile.flush();
    assertThrows(ProtocolException.class, () -> reader(first.toByteArray()).next());
  }

  @Test
  void messagesArriveAsSent() throws IOException {
    List<Message> messages =
        List.of(
            new Message.Hello(
                Message.VERSION,
                true,
                "gzip:level=6",
                List.of(new Message.Vm("ä", 9, 65536), new Message.Vm("b", 8, 65536))),
            new Message.Welcome(1, -2, 50_000, "java", "{}"),
            new Message.Refused("no"),
            new Message.Start(-2),
            new Message.Started(),
            new Message.Begin(CheckpointKind.PRIMING, 3),
            new Message.VmEnd(1, 2, -3, 4, -5),
            new Message.End(CheckpointKind.INCREMENTAL, 4),
            new Message.Ack(CheckpointKind.FULL, 1, 2, 3),
            new Message.Stored(
                CheckpointKind.FULL,
                1,
                2,
                3,
                Samples.counting(Message.Stored.Memory.class, 4),
                Samples.counting(Message.Stored.Written.class, 6),
                List.of(7L, 8L),
                List.of(5L, 6L)),
            new Message.Finish(List.of(1L, -1L)),
            new Message.Finished(12, "ram", 2, 3, -1, null, Spun.NONE),
            new Message.Finished(12, "file", 2, 3, 4, new Scheduling(5, 6), new Spun(9, 7, 8)),
            new Message.Failed(true, "why"),
            new Message.Bye());
    var bytes = new ByteArrayOutputStream();
    FrameWriter writer = writer(bytes);
    for (Message message : messages) {
      writer.write(message);
    }
    writer.flush();
    FrameReader reader = reader(bytes.toByteArray());
    for (Message message : messages) {
      assertEquals(message, reader.nextMessage());
    }
    assertFalse(reader.next());
  }

  /** The bodies of PROTOCOL.md, put together by hand: without it both ends could change alike. */
  @Test
  void theBodiesAreTheDocumentedOnes() throws IOException {
    Bits256 bits = Bits256.of(HexFormat.of().parseHex("0102".repeat(16)));
    String name = "02000000c3a4";
    var set = new BitSet();
    set.set(1);
    set.set(9);
    Map<Message, String> bodies = new LinkedHashMap<>();
    bodies.put(
        new Message.Hello(
            Message.VERSION,
            true,
            "none",
            List.of(new Message.Vm("ä", 9, 65536), new Message.Vm("b", 8, 65536))),
        u32(7)
            + "01"
            + u32(4)
            + "6e6f6e65"
            + u32(2)
            + name
            + u64(9)
            + u32(65536)
            + u32(1)
            + "62"
            + u64(8)
            + u32(65536));
    bodies.put(
        new Message.Welcome(7, -2, 5, "java", "{\n}"),
        u32(7) + u64(-2) + u64(5) + u32(4) + "6a617661" + u32(3) + "7b0a7d");
    bodies.put(new Message.Refused("ä"), name);
    bodies.put(new Message.Start(-1), u64(-1));
    bodies.put(new Message.Started(), "");
    bodies.put(new Message.Begin(CheckpointKind.PRIMING, 3), "00" + u64(3));
    bodies.put(new Message.VmEnd(1, 2, -3, 4, -5), u32(1) + u32(2) + u64(-3) + u32(4) + u64(-5));
    bodies.put(new Message.End(CheckpointKind.INCREMENTAL, 4), "02" + u64(4));
    bodies.put(new Message.Ack(CheckpointKind.FULL, 1, 2, 3), "01" + u64(1) + u64(2) + u64(3));
    bodies.put(
        new Message.Stored(
            CheckpointKind.FULL,
            1,
            2,
            3,
            new Message.Stored.Memory(4, 5),
            new Message.Stored.Written(6, 7),
            List.of(8L, 9L),
            List.of(10L, 11L)),
        "01" + u64(1) + u64(2) + u64(3) + u64(4) + u64(5) + u64(6) + u64(7) + u32(2) + u64(8)
            + u64(9) + u32(2) + u64(10) + u64(11));
    bodies.put(new Message.Finish(List.of(1L, -1L)), u32(2) + u64(1) + u64(-1));
    bodies.put(new Message.Finish(List.of()), u32(0));
    bodies.put(
        new Message.Finished(1, "ram", 2, 3, -1, null, new Spun(5, 4, 6)),
        u64(1) + u32(3) + "72616d" + u64(2) + u64(3) + u64(-1) + u64(-1) + u64(-1) + u64(5) + u64(4)
            + u64(6));
    bodies.put(
        new Message.Finished(1, "ram", 2, 3, 4, new Scheduling(5, 6), Spun.NONE),
        u64(1) + u32(3) + "72616d" + u64(2) + u64(3) + u64(4) + u64(5) + u64(6) + u64(0) + u64(0)
            + u64(0));
    bodies.put(new Message.Failed(true, "ä"), "01" + name);
    bodies.put(new Message.Bye(), "");
    bodies.put(new Message.Challenge(bits), bits.toString());
    bodies.put(new Message.Response(bits, bits, bits), bits.toString().repeat(3));
    bodies.put(new Message.Proof(bits), bits.toString());
    bodies.put(new Message.Missing(true, set), "01" + "0202");
    bodies.put(new Message.Invite(bits), bits.toString());
    bodies.put(new Message.Join(bits, 3), bits + u32(3));
    bodies.put(new Message.Joined(), "");
    for (Map.Entry<Message, String> each : bodies.entrySet()) {
      Message message = each.getKey();
      ByteBuffer body = ByteBuffer.allocate(Message.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      message.putTo(body);
      byte[] written = Arrays.copyOf(body.array(), body.position());
      assertEquals(each.getValue(), HexFormat.of().formatHex(written), message::toString);
      assertEquals(message, Message.parse(message.type(), body.flip()));
    }
    assertEquals(
        Message.class.getPermittedSubclasses().length,
        bodies.keySet().stream().map(Message::type).distinct().count(),
        "all messages");
  }

  private static String u32(int value) {
    return HexFormat.of().toHexDigits(Integer.reverseBytes(value));
  }

  private static String u64(long value) {
    return HexFormat.of().toHexDigits(Long.reverseBytes(value));
  }

  /** Without this a sender would end by an internal error when it looks for a VM's time. */
  @Test
  void storedHasBothTimesOfEachVm() {
    var stored =
        new Message.Stored(
            CheckpointKind.FULL,
            1,
            2,
            3,
            Samples.counting(Message.Stored.Memory.class, 4),
            Samples.counting(Message.Stored.Written.class, 6),
            List.of(7L, 8L),
            List.of(5L, 6L));
    ByteBuffer body = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    stored.putTo(body);
    // The last list is said to have one time, and has it.
    int end = body.position() - Long.BYTES;
    body.putInt(end - Long.BYTES - Integer.BYTES, 1).flip().limit(end);
    var e = assertThrows(ProtocolException.class, () -> Message.parse(FrameType.STORED, body));
    assertEquals("malformed STORED: CPU times of 2 VMs, of their codecs 1", e.getMessage());
  }

  /** Without this a peer could end a line of the log, or have one read backwards. */
  @Test
  void whatIsNoTextBecomesAQuestionMark() throws IOException {
    var bytes = new ByteArrayOutputStream();
    writer(bytes).send(new Message.Refused("a\nb\u001bc\u0085d\u2028e\u202ef\u2066gä"));
    var refused = (Message.Refused) reader(bytes.toByteArray()).nextMessage();
    assertEquals("a?b?c?d?e?f?gä", refused.reason());
  }

  /** A text cut to its bound must stay text. */
  @Test
  void longTextsAreCutBetweenCharacters() throws IOException {
    var bytes = new ByteArrayOutputStream();
    writer(bytes).send(new Message.Refused("x" + "ä".repeat(1000)));
    var refused = (Message.Refused) reader(bytes.toByteArray()).nextMessage();
    assertEquals("x" + "ä".repeat(511), refused.reason());
  }

  /** Cut to what fits, a method could be another one, and a VM have the name of another. */
  @Test
  void textsThatDoNotFitAHelloAreRefused() throws IOException {
    var longest =
        new Message.Hello(
            Message.VERSION, true, "m".repeat(1024), List.of(new Message.Vm("ä".repeat(64), 8)));
    var bytes = new ByteArrayOutputStream();
    writer(bytes).send(longest);
    assertEquals(longest, reader(bytes.toByteArray()).nextMessage());
    var method =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Message.Hello(Message.VERSION, true, "m".repeat(1025), longest.vms()));
    assertEquals(
        "the method has 1025 bytes, at most 1024 can be sent: " + "m".repeat(20) + "…",
        method.getMessage());
    List<Message.Vm> named = List.of(new Message.Vm("ä".repeat(65), 8));
    var name =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Message.Hello(Message.VERSION, true, "none", named));
    assertEquals(
        "the name of a VM has 130 bytes, at most 128 can be sent: " + "ä".repeat(20) + "…",
        name.getMessage());
  }

  /** Only the declared exception may come out of bodies that no peer of ours writes. */
  @Test
  void anyBodyEitherParsesOrIsRefused() {
    var random = new Random(0xb0d7L);
    int refused = 0;
    for (int round = 0; round < 200_000; round++) {
      byte[] body = new byte[random.nextInt(64)];
      random.nextBytes(body);
      for (int i = 0; i < body.length; i++) {
        body[i] = random.nextInt(3) == 0 ? body[i] : (byte) random.nextInt(3);
      }
      FrameType type = FrameType.values()[random.nextInt(FrameType.values().length)];
      try {
        Message.parse(type, ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN));
      } catch (ProtocolException e) {
        refused++;
      }
    }
    assertTrue(refused > 100_000, refused + " refused");
  }
}
