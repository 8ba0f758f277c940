package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.StageProvider;
import emulha.codecs.Stages;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderListener;
import emulha.emulhacp.SenderOptions;
import emulha.memory.DirtyPages;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.Images;
import emulha.traces.Series;
import emulha.wire.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both emulators over a real connection. Without this, a lost page, a checkpoint stored in part, or
 * a byte counted twice would look like a result.
 */
@Order(1)
class ReplicationTest {
  private static final List<Series> TWO_VMS =
      List.of(
          new MadeUpSeries("left", 0x1efL, 600, 3, 300),
          new MadeUpSeries("right", 0x21947L, 256, 4, 60));

  static Stream<String> methods() {
    return Stream.concat(
        Stages.all().stream()
            // A native codec needs a library; the codecs' tests compile some.
            .filter(stage -> !stage.needsParameters())
            .map(StageProvider::name)
            .map(
                name ->
                    switch (name) {
                      case "xz" -> "xz:level=0";
                      // By measured costs, auto chooses anew in each run.
                      case "auto" -> "auto:costs=fixed";
                      default -> name;
                    }),
        Stream.of("gzip:encoders=3"));
  }

  static SenderOptions options(
      RunningReceiver receiver, List<Series> series, String method, Base base) throws IOException {
    Warmup warmup = base == Base.SEND ? Warmup.NONE : new Warmup(1, 0);
    return options(receiver.address(), series, method, base, warmup);
  }

  private static SenderOptions options(
      InetSocketAddress to, List<Series> series, String method, Base base, Warmup warmup) {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(to, RunningReceiver.TIMEOUT, Security.NONE, 0),
        series,
        new Terms(Method.parse(method), Pace.ASAP, base, true, Link.AS_IT_IS),
        2,
        warmup,
        0);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void imagesEqualTheRecording(String method) throws Exception {
    for (Base base : Base.values()) {
      try (var receiver = new RunningReceiver(true)) {
        List<CheckpointRow> rows = new ArrayList<>();
        RunRow run = Sender.run(options(receiver, TWO_VMS, method, base), rows::add);
        assertNull(receiver.outcome());
        assertTrue(run.proof().verified());
        assertEquals(
            base == Base.SEND ? 2 : 3, receiver.images.size(), "two trials, and a warm-up");
        if (!Method.parse(method).excludesFreePages()) {
          for (List<byte[]> images : receiver.images) {
            for (int vm = 0; vm < TWO_VMS.size(); vm++) {
              assertArrayEquals(Images.after(TWO_VMS.get(vm), 2), images.get(vm));
            }
          }
        }
        checkRows(rows, run, base);
        assertPayload(rows, method);
      }
    }
  }

  @Test
  void replaysUntilTheWarmUpHasLasted() throws Exception {
    for (String text : List.of("3", "30ms")) {
      try (var receiver = new RunningReceiver(true)) {
        SenderOptions options =
            options(receiver.address(), TWO_VMS, "none", Base.SKIP, Warmup.parse(text));
        List<CheckpointRow> rows = new ArrayList<>();
        RunRow run = Sender.run(options, rows::add);
        assertEquals(receiver.images.size() - 2, run.extent().warmupTrials(), "all but two trials");
        assertTrue(
            run.extent().warmupTrials() >= 1, () -> run.extent().warmupTrials() + " with " + text);
        assertEquals(
            TWO_VMS.size() * run.extent().checkpoints(), rows.size(), "of counted trials alone");
      }
    }
  }

  /** Hosts that count their warm-ups differently would not find each other's chunks. */
  @Test
  void aSharedTableNeedsANumberOfWarmUps() {
    var nowhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    options(
                        nowhere,
                        TWO_VMS,
                        "similarity:lifetime=forever,table=redis://127.0.0.1",
                        Base.SKIP,
                        Warmup.parse(Warmup.DEFAULT)))
            .getMessage();
    assertTrue(message.contains("--warmup"), message);
  }

  /** Without this, what is beyond the first stretch of a base could be lost. */
  @ParameterizedTest
  @EnumSource
  void aBaseOfTwoStretchesArrivesWhole(Base base) throws Exception {
    List<Series> series = List.of(new MadeUpSeries("large", 0xba5eL, 16_400, 1, 10));
    try (var receiver = new RunningReceiver(true)) {
      List<CheckpointRow> rows = new ArrayList<>();
      Sender.run(options(receiver, series, "none", base), rows::add);
      assertArrayEquals(Images.after(series.getFirst(), 0), receiver.images.getFirst().getFirst());
      if (base == Base.SEND) {
        assertEquals(16_400L * 4096, rows.getFirst().traffic().payloadBytes());
      }
    }
  }

  private static void checkRows(List<CheckpointRow> rows, RunRow run, Base base) {
    int full = base == Base.SEND ? 1 : 0;
    assertEquals(2 * 2 * (3 + full), rows.size(), "trials, VMs, checkpoints of the shortest");
    long wire = 0;
    long payload = 0;
    long transfer = 0;
    int index = 0;
    for (int trial = 1; trial <= 2; trial++) {
      for (long checkpoint = -full; checkpoint < 3; checkpoint++) {
        for (String vm : List.of("left", "right")) {
          CheckpointRow row = rows.get(index++);
          assertEquals(trial, row.key().trial());
          assertEquals(checkpoint, row.key().number().checkpoint());
          assertEquals(vm, row.key().of().vm());
          assertEquals(checkpoint == -1, row.key().number().full());
          long pages =
              vm.equals("left")
                  ? (row.key().number().full() ? 600 : 300)
                  : row.key().number().full() ? 256 : 60;
          assertEquals(pages, row.traffic().dirtyPages());
          assertEquals(pages * 4096, row.traffic().rawBytes());
          assertTrue(
              assertNotNullLong(row.traffic().wireBytes()) > row.traffic().payloadBytes(),
              row::toString);
          assertEquals(
              assertNotNullLong(row.timing().transferNs()),
              assertNotNullLong(row.timing().processingNs())
                  + assertNotNullLong(row.timing().sendingNs()));
          assertTrue(assertNotNullLong(row.timing().processingNs()) >= 0, row::toString);
          assertTrue(assertNotNullLong(row.cpu().senderCpuNs()) > 0, row::toString);
          // A method's own part is some of the whole, and the connection takes the rest.
          long senderCodec = assertNotNullLong(row.cpu().senderCodecCpuNs());
          assertTrue(senderCodec > 0 && senderCodec < row.cpu().senderCpuNs(), row::toString);
          long receiverCodec = assertNotNullLong(row.cpu().receiverCodecCpuNs());
          assertTrue(
              receiverCodec >= 0 && receiverCodec <= assertNotNullLong(row.cpu().receiverCpuNs()),
              row::toString);
          assertTrue(assertNotNullLong(row.cpu().receiverCpuNs()) > 0, row::toString);
          assertTrue(assertNotNullLong(row.stored().verifyNs()) > 0, row::toString);
          assertNull(row.timing().late(), "intervals are not kept");
          assertTrue(row.verified());
          if (!row.key().number().full()) {
            wire += assertNotNullLong(row.traffic().wireBytes());
            payload += row.traffic().payloadBytes();
            transfer += vm.equals("left") ? assertNotNullLong(row.timing().transferNs()) : 0;
          }
        }
      }
    }
    assertEquals(6, run.extent().checkpoints());
    assertEquals(2 * 3 * 360, run.traffic().dirtyPages());
    assertEquals(wire, run.traffic().wireBytes());
    assertEquals(payload, run.traffic().payloadBytes());
    assertEquals(transfer, run.timing().transferNs());
    assertEquals(
        full == 1 ? 2L * 856 * 4096 : null,
        run.full() == null ? null : (Long) run.full().fullRawBytes());
  }

  private static long assertNotNullLong(Long value) {
    assertNotNull(value);
    return value;
  }

  /** Encodes the same checkpoints without any network. */
  private static void assertPayload(List<CheckpointRow> rows, String method) throws IOException {
    long[] ramPages = {600, 256};
    boolean full = rows.getFirst().key().number().full();
    try (CheckpointEncoder encoder =
            CheckpointEncoder.of(
                Method.parse(method), ramPages, (lane, bytes, offset, length) -> {});
        var left = TWO_VMS.get(0).open();
        var right = TWO_VMS.get(1).open()) {
      DirtyPages[] pages = {new DirtyPages(), new DirtyPages()};
      while (true) {
        boolean more = left.nextBase(16384, pages[0]);
        more |= right.nextBase(16384, pages[1]);
        if (!more) {
          break;
        }
        encode(encoder, full ? CheckpointKind.FULL : CheckpointKind.PRIMING, pages);
      }
      for (int i = 0; i < 3; i++) {
        left.nextCheckpoint(pages[0]);
        right.nextCheckpoint(pages[1]);
        long[] payload = encode(encoder, CheckpointKind.INCREMENTAL, pages);
        int at = 2 * (i + (full ? 1 : 0));
        assertEquals(payload[0], rows.get(at).traffic().payloadBytes());
        assertEquals(payload[1], rows.get(at + 1).traffic().payloadBytes());
      }
    }
  }

  private static long[] encode(CheckpointEncoder encoder, CheckpointKind kind, DirtyPages[] pages)
      throws IOException {
    long[] payload = new long[pages.length];
    encoder.begin(kind);
    for (int vm = 0; vm < pages.length; vm++) {
      long before = encoder.payloadBytes();
      encoder.encode(vm, pages[vm]);
      payload[vm] = encoder.payloadBytes() - before;
    }
    encoder.end();
    return payload;
  }

  /**
   * Without this, the sender could keep no interval, or wait for checkpoints that there are not.
   */
  @Test
  void realtimeKeepsIntervals() throws Exception {
    try (var receiver = new RunningReceiver(true)) {
      List<CheckpointRow> rows = new ArrayList<>();
      List<String> notes = new ArrayList<>();
      var asap = options(receiver, TWO_VMS, "none", Base.SKIP);
      var realtime =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(
                  asap.receiver().address(), asap.receiver().timeout(), Security.NONE, 0),
              TWO_VMS,
              new Terms(asap.terms().method(), Pace.REALTIME, Base.SKIP, true, Link.AS_IT_IS),
              1,
              Warmup.NONE,
              0);
      RunRow run =
          Sender.run(
              realtime,
              new SenderListener() {
                @Override
                public void row(CheckpointRow row) {
                  rows.add(row);
                }

                @Override
                public void note(String line) {
                  notes.add(line);
                }
              });
      assertEquals(
          List.of(
              "right-series: its last 1 checkpoints are left out,"
                  + " because the shortest series has 3"),
          notes);
      assertEquals(6, rows.size());
      for (CheckpointRow row : rows) {
        Long elapsed = row.timing().elapsedIntervalNs();
        if (row.key().number().checkpoint() == 2) {
          assertNull(elapsed, "nothing follows the last checkpoint");
        } else {
          // To the nanosecond, however late a thread is woken: the interval runs from when the
          // checkpoint was due, and it was sent so much after that.
          long afterDue =
              assertNotNullLong(row.timing().releaseDelayNs())
                  - assertNotNullLong(row.timing().transferNs());
          assertTrue(afterDue >= 0, row::toString);
          if (!Boolean.TRUE.equals(row.timing().late())) {
            assertTrue(afterDue + assertNotNullLong(elapsed) >= 10_000_000, row::toString);
          }
          assertTrue(elapsed >= assertNotNullLong(row.timing().transferNs()), row::toString);
        }
      }
      assertEquals(
          rows.stream().filter(r -> Boolean.TRUE.equals(r.timing().late())).count() / 2,
          run.timing().lateCheckpoints());
    }
  }
}
