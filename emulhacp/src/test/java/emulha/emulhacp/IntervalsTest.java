package emulha.emulhacp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.memory.DirtyPages;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.Samples;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import emulha.wire.Connection;
import emulha.wire.FrameType;
import emulha.wire.Message;
import emulha.wire.Security;
import emulha.wire.Spun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/**
 * When checkpoints start and which are late, on a clock that only the test moves, against a
 * receiver that answers by a script. Without this, late checkpoints could be counted wrongly,
 * starts could drift, and what verification or reading costs could show as transfer time.
 */
class IntervalsTest {
  private static final long MS = HandClock.MS;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /**
   * What the receiver does when a checkpoint has arrived, and says in its ACK.
   *
   * @param untilStoredMs from when the sender has read on until the checkpoint is stored
   */
  private record Step(long untilAckMs, long waitedMs, long verifyMs, long untilStoredMs) {
    Step(long untilAckMs, long waitedMs, long verifyMs) {
      this(untilAckMs, waitedMs, verifyMs, 0);
    }
  }

  /** A permit for each time that the sender has read a checkpoint, or found none. */
  private final Semaphore read = new Semaphore(0);

  private final HandClock clock = new HandClock();

  /** How long the base takes to read. */
  private long baseMs;

  /** A series whose every checkpoint has one page and takes this long to read. */
  private Series series(int checkpoints, long readingMs) {
    var description =
        new SeriesDescription(
            "vm",
            "none",
            100_000_000,
            new SeriesDescription.Memory(1 << 20, 0),
            new SeriesDescription.Origin("construction", true, Map.of(), Map.of()),
            Clock.HOST);
    return new Series() {
      @Override
      public SeriesInfo info() {
        return new SeriesInfo("series", description, checkpoints);
      }

      @Override
      public SeriesCursor open() {
        return new SeriesCursor() {
          private int next;

          @Override
          public boolean nextBase(int maxPages, DirtyPages into) {
            into.clear();
            clock.now.addAndGet(baseMs * MS);
            return false;
          }

          @Override
          public boolean nextCheckpoint(DirtyPages into) {
            into.clear();
            if (next == checkpoints) {
              read.release();
              return false;
            }
            clock.now.addAndGet(readingMs * MS);
            into.append(next++);
            read.release();
            return true;
          }

          @Override
          public CheckpointHeader last() {
            return new CheckpointHeader(0, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
          }

          @Override
          public void close() {}
        };
      }
    };
  }

  private void answer(Connection connection, List<Step> steps) throws IOException {
    var reader = connection.reader();
    var writer = connection.writer();
    byte[] body = new byte[256 * 1024];
    while (reader.next()) {
      if (reader.type() == FrameType.LANE) {
        reader.readBody(body, 0);
        continue;
      }
      switch (reader.readMessage()) {
        case Message.Hello hello -> {
          String binding = welcomesWith.orElse(Method.parse(hello.method()).binding());
          writer.send(new Message.Welcome(1, -2, 0, binding, "{}"));
        }
        case Message.Start start -> writer.send(new Message.Started());
        case Message.End end -> {
          received++;
          Step step = steps.get((int) end.number());
          clock.now.addAndGet(step.untilAckMs * MS);
          writer.send(
              new Message.Ack(
                  CheckpointKind.INCREMENTAL,
                  end.number(),
                  step.waitedMs * MS,
                  step.verifyMs * MS));
          if (step.untilStoredMs > 0) {
            // Reads of this checkpoint and all before it, and the one that follows its ACK.
            int reads = (int) end.number() + 2;
            read.acquireUninterruptibly(reads);
            read.release(reads);
            clock.now.addAndGet(step.untilStoredMs * MS);
          }
          writer.send(
              new Message.Stored(
                  end.kind(),
                  end.number(),
                  step.untilStoredMs * MS,
                  1,
                  Samples.counting(Message.Stored.Memory.class, 0),
                  Samples.counting(Message.Stored.Written.class, 1),
                  List.of(1L),
                  List.of(1L)));
        }
        case Message.Finish finish ->
            writer.send(new Message.Finished(0, "ram", 2, 3, -1, null, Spun.NONE));
        case Message.Begin begin -> {}
        case Message.VmEnd end -> {}
        case Message.Bye bye -> {}
        case Message other -> throw new IOException("unexpected " + other);
      }
    }
  }

  private List<CheckpointRow> replay(Pace pace, long readingMs, Step... steps) throws Exception {
    return replay(pace, Link.AS_IT_IS, readingMs, steps);
  }

  private List<CheckpointRow> replay(Pace pace, Link link, long readingMs, Step... steps)
      throws Exception {
    return replay(pace, link, Warmup.NONE, readingMs, steps);
  }

  private int warmupReplays;

  /** Checkpoints that came, of counted replays and others. */
  private int received;

  private final List<String> notes = new ArrayList<>();

  /** How the receiver says that it decodes; empty: as the sender does. */
  private Optional<String> welcomesWith = Optional.empty();

  private List<CheckpointRow> replay(
      Pace pace, Link link, Warmup warmup, long readingMs, Step... steps) throws Exception {
    List<CheckpointRow> rows = new ArrayList<>();
    var listener =
        new SenderListener() {
          @Override
          public void row(CheckpointRow row) {
            rows.add(row);
          }

          @Override
          public void replayed(int number) {
            warmupReplays = number;
          }

          @Override
          public void note(String line) {
            notes.add(line);
          }
        };
    try (var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      var receiver =
          CompletableFuture.runAsync(
              () -> {
                try (var connection =
                    Connection.from(server.accept(), TIMEOUT, TIMEOUT, Security.NONE, 0)) {
                  answer(connection, List.of(steps));
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      var options =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(
                  (InetSocketAddress) server.getLocalAddress(), TIMEOUT, Security.NONE, 0),
              List.of(series(steps.length, readingMs)),
              new Terms(Method.parse("none"), pace, Base.SKIP, true, link),
              1,
              warmup,
              0);
      RunRow run = Sender.run(options, listener, clock);
      receiver.get();
      assertEquals(
          pace == Pace.ASAP
              ? null
              : (Long) rows.stream().filter(r -> Boolean.TRUE.equals(r.timing().late())).count(),
          run.timing().lateCheckpoints());
    }
    assertEquals(steps.length, rows.size());
    return rows;
  }

  private static void assertRow(CheckpointRow row, long transferMs, boolean late, long elapsedMs) {
    assertRow(row, transferMs, transferMs, late, elapsedMs);
  }

  private static void assertRow(
      CheckpointRow row, long transferMs, long releaseDelayMs, boolean late, long elapsedMs) {
    assertEquals(transferMs * MS, row.timing().transferNs(), row::toString);
    assertEquals(releaseDelayMs * MS, row.timing().releaseDelayNs(), row::toString);
    assertEquals(late, row.timing().late(), row::toString);
    Long elapsed = row.timing().elapsedIntervalNs();
    assertEquals(elapsedMs * MS, assertPresent(elapsed), row::toString);
  }

  private static long assertPresent(Long value) {
    assertNotNull(value);
    return value;
  }

  // Reading and sending a base of gigabytes took up the warm-up: two replays where nineteen were
  // meant, and times per page twice as long.
  @Test
  void onlyIncrementalCheckpointsWarmUp() throws Exception {
    Step[] steps = {new Step(20, 0, 0), new Step(10, 0, 0)};
    // A replay takes 60 ms for its base, and 130 that count: three of them are 300 ms.
    baseMs = 60;
    replay(Pace.ASAP, Link.AS_IT_IS, Warmup.parse("300ms"), 50, steps);
    assertEquals(3, warmupReplays);
    assertEquals(List.of(), notes);
    // If hardly anything counts, it ends after three times its time, and says so.
    baseMs = 900;
    replay(Pace.ASAP, Link.AS_IT_IS, Warmup.parse("600ms"), 50, steps);
    assertEquals(2, warmupReplays);
    assertEquals(1, notes.size());
    assertTrue(
        notes.getFirst().startsWith("not warm: after 2 replays in 2 s, incremental checkpoints"),
        notes::toString);
  }

  /** Else its CPU time would pass for that of the implementation in the results. */
  @Test
  void aReceiverThatDecodesOtherwiseIsTold() throws Exception {
    welcomesWith = Optional.of("elsewhere");
    replay(Pace.ASAP, 0, new Step(1, 0, 0));
    assertEquals(
        List.of(
            "the receiver decodes with another implementation, 'elsewhere', than this end encodes"
                + " with, '%s'".formatted(Method.parse("none").binding())),
        notes);
  }

  /** Warming up by the whole of a long recording took as long as measuring it. */
  @Test
  void aWarmUpEndsWithinAReplay() throws Exception {
    Step[] steps = new Step[10];
    Arrays.fill(steps, new Step(20, 0, 0));
    // Checkpoints of 50 + 20 ms: the second ends the warm-up.
    replay(Pace.ASAP, Link.AS_IT_IS, Warmup.parse("100ms"), 50, steps);
    assertEquals(1, warmupReplays);
    assertEquals(2 + 10, received);
    // A number of replays is of whole ones.
    received = 0;
    replay(Pace.ASAP, Link.AS_IT_IS, new Warmup(2, 0), 50, steps);
    assertEquals(2, warmupReplays);
    assertEquals(20 + 10, received);
  }

  /** At 1 bit a millisecond, a link that were not lifted would take 33 s for each page. */
  @Test
  void noLinkIsImitatedWhileWarmingUp() throws Exception {
    Step[] steps = {new Step(20, 0, 0), new Step(10, 0, 0)};
    replay(Pace.ASAP, new Link(1_000L, null), Warmup.parse("250ms"), 50, steps);
    assertEquals(2, warmupReplays, "of 130 ms each");
    assertEquals(List.of(), notes);
  }

  @Test
  void theNextOneStartsAtTheIntervalsEnd() throws Exception {
    List<CheckpointRow> rows =
        replay(Pace.REALTIME, 0, new Step(30, 0, 0), new Step(100, 0, 0), new Step(1, 0, 0));
    assertRow(rows.get(0), 30, false, 100);
    assertRow(rows.get(1), 100, false, 100);
    assertEquals(false, rows.get(2).timing().late());
    assertNull(rows.get(2).timing().elapsedIntervalNs());
  }

  /** Packets are withheld from when the checkpoint is due, however late the sender wakes. */
  @Test
  void wakingLateDelaysTheReleaseOfPackets() throws Exception {
    clock.lagMs = 3;
    List<CheckpointRow> rows =
        replay(Pace.REALTIME, 0, new Step(30, 0, 0), new Step(40, 0, 0), new Step(1, 0, 0));
    assertRow(rows.get(0), 30, 30, false, 103);
    assertRow(rows.get(1), 40, 43, false, 100);
    assertEquals(4 * MS, rows.get(2).timing().releaseDelayNs());
  }

  @Test
  void afterALateAckTheNextOneStartsAtOnce() throws Exception {
    List<CheckpointRow> rows =
        replay(Pace.REALTIME, 0, new Step(130, 0, 0), new Step(50, 0, 0), new Step(1, 0, 0));
    assertRow(rows.get(0), 130, true, 130);
    assertRow(rows.get(1), 50, false, 100);
  }

  @Test
  void readingIsInNoFigure() throws Exception {
    List<CheckpointRow> rows =
        replay(
            Pace.REALTIME,
            20,
            new Step(90, 0, 0),
            new Step(130, 0, 0),
            new Step(5, 0, 0),
            new Step(5, 0, 0));
    assertRow(rows.get(0), 90, false, 100);
    assertRow(rows.get(1), 130, true, 130);
    assertRow(rows.get(2), 5, false, 100);
  }

  /**
   * The first ACK comes at 90; the receiver then waits 60 for an earlier checkpoint, 25 of them
   * because it verified. The second starts at 100 and cannot blame on verification more than that.
   */
  @Test
  void whatVerificationCostsIsTakenOut() throws Exception {
    List<CheckpointRow> rows =
        replay(
            Pace.REALTIME,
            0,
            new Step(90, 0, 0),
            new Step(110, 60, 25),
            new Step(10, 5, 500),
            new Step(1, 0, 0));
    assertRow(rows.get(0), 90, false, 100);
    assertRow(rows.get(1), 85, false, 100);
    assertRow(rows.get(2), 5, false, 100);
  }

  // On the clock that jumps, every figure must be the one that waiting gives: else a sweep in hours
  // would state another evaluation than one in days.
  @Test
  void aScheduleThatIsNotWaitedForIsTheSame() throws Exception {
    Step[] steps = {
      new Step(30, 0, 0),
      new Step(130, 0, 0),
      new Step(100, 0, 0),
      new Step(90, 0, 0),
      new Step(110, 60, 25),
      new Step(5, 0, 0),
      new Step(1, 0, 0)
    };
    for (long readingMs : new long[] {0, 20}) {
      List<CheckpointRow.Timing> waited =
          replay(Pace.REALTIME, readingMs, steps).stream().map(CheckpointRow::timing).toList();
      int slept = clock.slept.get();
      for (Pace pace : List.of(Pace.VIRTUAL, Pace.COOLED)) {
        assertEquals(
            waited, replay(pace, readingMs, steps).stream().map(CheckpointRow::timing).toList());
      }
      assertEquals(slept, clock.slept.get());
    }
    assertEquals(List.of(), notes);
  }

  // In real time the receiver stores while nothing is sent. Without its end being waited for, the
  // next checkpoint would be measured beside work that was done before it began.
  @Test
  void aVirtualIntervalLastsUntilTheReceiverHasStored() throws Exception {
    List<CheckpointRow> rows =
        replay(Pace.VIRTUAL, 0, new Step(30, 0, 0, 40), new Step(20, 0, 0, 90), new Step(10, 0, 0));
    assertRow(rows.get(0), 30, false, 100);
    assertRow(rows.get(1), 20, false, 100);
    assertEquals(10 * MS, rows.get(2).timing().transferNs());
    assertEquals(0, clock.slept.get());
    assertEquals(1, notes.size());
    assertTrue(
        notes.getFirst().startsWith("pace virtual: at the end of 1 of the intervals"),
        notes::toString);
  }

  @Test
  void asFastAsPossibleKeepsNoIntervals() throws Exception {
    for (CheckpointRow row : replay(Pace.ASAP, 0, new Step(130, 0, 0), new Step(1, 0, 0))) {
      assertNull(row.timing().late());
      assertNull(row.timing().elapsedIntervalNs());
      assertEquals(row.timing().transferNs(), row.timing().releaseDelayNs());
    }
  }

  /**
   * 8 Mbit/s are a byte each microsecond. A checkpoint of one page, 4096 bytes and its frames, is
   * three Ethernet frames of 90 bytes overhead, and of these a first whole one goes at once: the
   * link has been idle. Without this, the imitated link could count twice, or not at all.
   */
  @Test
  void anImitatedLinkDelaysTheAckByWhatItIs() throws Exception {
    List<CheckpointRow> rows =
        replay(
            Pace.REALTIME,
            new Link(8_000_000L, 5 * MS),
            0,
            new Step(0, 0, 0),
            new Step(7, 0, 0),
            new Step(1, 0, 0));
    long wire = assertPresent(rows.get(1).traffic().wireBytes());
    assertTrue(wire > 2 * 1448 && wire < 3 * 1448, rows.get(1)::toString);
    long transferUs = wire + 3 * 90 - 1538 + 10_000 + 7_000;
    assertEquals(transferUs * 1000, rows.get(1).timing().transferNs());
    assertEquals(100 * MS, rows.get(1).timing().elapsedIntervalNs());
  }

  /** A machine that was suspended: one late checkpoint, and then intervals as before. */
  @Test
  void aClockThatJumpsMakesOneCheckpointLate() throws Exception {
    long hour = 3_600_000;
    List<CheckpointRow> rows =
        replay(
            Pace.REALTIME,
            0,
            new Step(10, 0, 0),
            new Step(hour, 0, 0),
            new Step(20, 0, 0),
            new Step(1, 0, 0));
    assertRow(rows.get(0), 10, false, 100);
    assertRow(rows.get(1), hour, true, hour);
    assertRow(rows.get(2), 20, false, 100);
  }

  /** Setting the wall clock must change no figure: nothing that measures or waits reads it. */
  @Test
  void nothingReadsTheWallClock() throws IOException {
    Path root = Path.of(System.getProperty("emulha.root"));
    for (String module : List.of("codecs", "replication", "emulhacp", "emulharcv")) {
      try (var files = Files.walk(root.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String source = Files.readString(file);
          for (String wall : List.of("currentTimeMillis", "Instant.now", "DateTime.now")) {
            assertFalse(source.contains(wall), file + " reads the wall clock: " + wall);
          }
        }
      }
    }
  }
}
