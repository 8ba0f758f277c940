package emulha.emulhacp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.wire.Security;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Without this, results said to be of a network of 1 Gbit/s could be of any other. */
@Timeout(60)
class ImitatedLinkTest {
  private static final long START = 5_000 * HandClock.MS;

  private static final int BUFFER_THIRD_PIECES =
      Math.ceilDiv(ImitatedLink.BUFFER_BYTES / 3, ImitatedLink.PIECE_BYTES);

  /** Notes what arrives, and when; lets a test hold it up or break it. */
  private static final class Far implements ByteChannel {
    final HandClock clock = new HandClock();
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<Long> arrivals = new CopyOnWriteArrayList<>();
    final Semaphore permits = new Semaphore(Integer.MAX_VALUE);
    volatile boolean broken;
    volatile boolean closed;

    @Override
    public int read(ByteBuffer target) {
      return -1;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (broken) {
        throw new IOException("cut");
      }
      permits.acquireUninterruptibly();
      int n = source.remaining();
      byte[] part = new byte[n];
      source.get(part);
      bytes.write(part);
      arrivals.add(clock.now());
      return n;
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private final Far far = new Far();

  /** Not a division of the code's own: 1 Gbit/s carries 1448 of each 1538 bytes, 941 Mbit/s. */
  @Test
  void aGigabitCarriesWhatAnEthernetCarries() {
    var bucket = new TokenBucket(1_000_000_000, 1538);
    long payload = 0;
    long end = 0;
    while (payload < 125_000_000) {
      end = bucket.departure(0, 14_480);
      payload += 14_480;
    }
    assertEquals(941_482_444.7, payload * 8e9 / end, 20_000);
  }

  @Test
  void tokensAreKeptForABurstAndNoMore() {
    // A byte each microsecond; bursts of 3000 bytes.
    var bucket = new TokenBucket(8_000_000, 3000);
    assertEquals(1_000_000, bucket.departure(1_000_000, 1448), "1538 of 3000 tokens are taken");
    assertEquals(1_000_000 + 76_000, bucket.departure(1_000_000, 1448), "3076 of 3000");
    assertEquals(1_076_000 + 1_538_000, bucket.departure(1_076_000, 1448), "there are none");
    long later = 1_000_000_000;
    assertEquals(later, bucket.departure(later, 1448));
    assertEquals(later + 76_000, bucket.departure(later, 1448), "idling gives no more than 3000");
    assertEquals(later + 76_000 + 100_000, bucket.departure(later, 10), "a short frame has 90 too");
  }

  @Test
  void piecesArriveWhenTheLinkHasCarriedThem() throws Exception {
    byte[] sent = new byte[40_000];
    new Random(0x11f).nextBytes(sent);
    try (var link = over(new Link(8_000_000L, 250_000L))) {
      assertEquals(sent.length, link.write(ByteBuffer.wrap(sent)));
    }
    assertTrue(far.closed);
    assertArrayEquals(sent, far.bytes.toByteArray());
    long us = 1_000;
    assertEquals(
        List.of(
            START + (15_380 - 1538 + 500) * us,
            START + (2 * 15_380 - 1538 + 500) * us,
            START + (2 * 15_380 + 11_040 + 8 * 90 - 1538 + 500) * us),
        far.arrivals);
  }

  /** Without this, a link of 1 Gbit/s would be one of N with N connections. */
  @Test
  void connectionsShareTheLinksBandwidth() throws Exception {
    var network = new Network(new Link(8_000_000L, null), far.clock);
    for (int connection = 0; connection < 2; connection++) {
      try (ByteChannel link = network.carrying(far)) {
        link.write(ByteBuffer.wrap(new byte[14_480]));
      }
    }
    long us = 1_000;
    assertEquals(
        List.of(START + (15_380 - 1538) * us, START + (2 * 15_380 - 1538) * us), far.arrivals);
  }

  /** A base that is only to be held went at the link's pace: most of a sweep at 1 Gbit/s. */
  @Test
  void aLiftedLinkCarriesAtOnceAndUsesUpNothing() throws Exception {
    var network = new Network(new Link(8_000_000L, 250_000L), far.clock);
    try (ByteChannel link = network.carrying(far)) {
      network.lift(true);
      link.write(ByteBuffer.wrap(new byte[14_480]));
      network.lift(false);
      link.write(ByteBuffer.wrap(new byte[14_480]));
    }
    assertEquals(List.of(START, START + (15_380 - 1538 + 500) * 1_000L), far.arrivals);
  }

  @Test
  void latencyAloneDelaysEveryByteAlike() throws Exception {
    try (var link = over(new Link(null, 3 * HandClock.MS))) {
      link.write(ByteBuffer.wrap(new byte[100_000]));
    }
    assertEquals(7, far.arrivals.size());
    far.arrivals.forEach(at -> assertEquals(START + 6 * HandClock.MS, at));
  }

  /** Else a peer that does not read would fill the sender's memory. */
  @Test
  void aFullBufferMakesTheWriterWait() throws Exception {
    far.permits.drainPermits();
    byte[] sent = new byte[ImitatedLink.BUFFER_BYTES + 20 * ImitatedLink.PIECE_BYTES];
    try (var link = over(new Link(1_000_000_000L, null))) {
      var written = CompletableFuture.supplyAsync(() -> writeTo(link, sent));
      far.permits.release(19);
      while (far.arrivals.size() < 19) {
        Thread.onSpinWait();
      }
      assertTrue(!written.isDone());
      // Woken once a third is free, as by a socket: not for each piece, nor only when all is.
      far.permits.release(BUFFER_THIRD_PIECES - 19);
      assertEquals(sent.length, written.join());
      far.permits.release(1_000_000);
    }
    assertEquals(sent.length, far.bytes.size());
  }

  /** Else the peer would be taken for one that does not read, on a link of 256 kbit/s. */
  @Test
  void aSlowLinksWriterIsWokenByWhatPassesInASecond() throws Exception {
    far.permits.drainPermits();
    byte[] sent = new byte[ImitatedLink.BUFFER_BYTES + ImitatedLink.PIECE_BYTES];
    try (var link = over(new Link(256_000L, null))) {
      var written = CompletableFuture.supplyAsync(() -> writeTo(link, sent));
      far.permits.release(2);
      while (far.arrivals.size() < 2) {
        Thread.onSpinWait();
      }
      assertTrue(!written.isDone(), "28 960 bytes of 32 000");
      far.permits.release(1);
      assertEquals(sent.length, written.join());
      far.permits.release(1_000_000);
    }
    assertEquals(sent.length, far.bytes.size());
  }

  /** Without this a receiver would take a link for silent that carries ten frames in a minute. */
  @Test
  void aSlowLinkCarriesFrameByFrame() throws Exception {
    try (var link = over(new Link(8_000L, null))) {
      link.write(ByteBuffer.wrap(new byte[3 * 1448]));
    }
    long frame = 1_538 * HandClock.MS;
    assertEquals(List.of(START, START + frame, START + 2 * frame), far.arrivals);
  }

  /** Without this a run would begin that its own link ends. */
  @Test
  void aLinkWhoseSilenceOutlastsTheTimeoutIsRefused() {
    assertEquals(Duration.ofMillis(12_304), ImitatedLink.silence(new Link(1_000L, null)));
    assertEquals(
        Duration.ofMillis(14_304), ImitatedLink.silence(new Link(1_000L, 1_000 * HandClock.MS)));
    assertEquals(Duration.ofSeconds(2), ImitatedLink.silence(new Link(null, 1_000_000_000L)));
    var e =
        assertThrows(IllegalArgumentException.class, () -> options(new Link(1_000L, null), 12_304));
    assertEquals(
        "over a link so slow nothing comes for 12304 ms at a time, and an end is given up after"
            + " 12304 ms: give both ends a longer --timeout, or the link more bandwidth or less"
            + " latency",
        e.getMessage());
    assertEquals(12_305, options(new Link(1_000L, null), 12_305).receiver().timeout().toMillis());
    // What the network does is not known here.
    var shaped = new Link(1_000L, null, Link.How.SHAPED);
    assertEquals(1, options(shaped, 1).receiver().timeout().toMillis());
  }

  private static SenderOptions options(Link link, long timeoutMs) {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(
            new InetSocketAddress(1), Duration.ofMillis(timeoutMs), Security.NONE, 0),
        List.of(),
        new Terms(Method.parse("none"), Pace.ASAP, Base.SKIP, true, link),
        1,
        Warmup.NONE,
        0);
  }

  private ByteChannel over(Link link) {
    return new Network(link, far.clock).carrying(far);
  }

  private static int writeTo(ByteChannel link, byte[] bytes) {
    try {
      return link.write(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aBrokenConnectionIsSaidToTheWriter() {
    far.broken = true;
    var e =
        assertThrows(
            IOException.class,
            () -> {
              try (var link = over(new Link(null, 1L))) {
                while (true) {
                  link.write(ByteBuffer.wrap(new byte[1000]));
                }
              }
            });
    assertEquals("cut", e.getMessage());
    assertTrue(far.closed);
  }

  @Test
  void impossibleLinksAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Link(0L, null));
    assertThrows(IllegalArgumentException.class, () -> new Link(null, -1L));
    assertThrows(IllegalArgumentException.class, () -> new Link(null, 11_000_000_000L));
  }
}
