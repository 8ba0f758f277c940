package emulha.emulharcv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.FaultyProxy.Fault;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.Images;
import emulha.wire.Message;
import emulha.wire.Security;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What goes wrong on a connection, at bytes drawn from literal seeds. Either the run completes with
 * a verified image, or it fails with a message and the image is the last complete checkpoint.
 * Without this, an image or a result could be wrong and look right. The counts are in
 * docs/RELIABILITY.md.
 */
@Timeout(300)
@Order(1)
class FaultsTest {
  private static final int PAGES = 16;
  private static final int CHECKPOINTS = 12;
  private static final MadeUpSeries SERIES =
      new MadeUpSeries("vm", 0xfa017L, PAGES, CHECKPOINTS, 8);
  private static final int ROUNDS = 25;
  private static final int AT_A_TIME = 5;
  private static final Duration SHORT_TIMEOUT = Duration.ofMillis(1500);

  @TempDir Path directory = Path.of("");

  private final List<byte[]> expected;

  FaultsTest() throws IOException {
    expected = Images.all(SERIES);
  }

  private static SenderOptions options(InetSocketAddress to, Duration timeout) {
    return new SenderOptions(
        "run",
        new SenderOptions.Peer(to, timeout, Security.NONE, 0),
        List.of(SERIES),
        new Terms(Method.parse("delta:cache=1MiB"), Pace.ASAP, Base.SEND, true, Link.AS_IT_IS),
        1,
        Warmup.NONE,
        0);
  }

  /** Bytes that pass each way when nothing goes wrong. */
  private record Sizes(long fromSender, long fromReceiver) {}

  private static Sizes sizes() throws Exception {
    try (var receiver = new RunningReceiver(false);
        var proxy = new FaultyProxy(receiver.address(), Fault.NONE, true, 0, new Random(1))) {
      assertTrue(
          Sender.run(options(proxy.address(), RunningReceiver.TIMEOUT), row -> {})
              .proof()
              .verified());
      receiver.awaitSessionEnd();
      return new Sizes(proxy.fromSender.get(), proxy.fromReceiver.get());
    }
  }

  /**
   * What became of a run; {@code failedAt} is the checkpoint that the image holds, if it failed.
   */
  private record Outcome(boolean completed, long failedAt, String message, boolean unharmed) {}

  private Outcome round(
      Fault fault, boolean towardsReceiver, long position, long seed, Duration timeout)
      throws Exception {
    Path image = directory.resolve("%s-%b-%d".formatted(fault, towardsReceiver, seed));
    try (var receiver = new RunningReceiver(image, timeout);
        var proxy =
            new FaultyProxy(
                receiver.address(), fault, towardsReceiver, position, new Random(seed))) {
      String message = null;
      List<Object> rows = new ArrayList<>();
      try {
        RunRow run = Sender.run(options(proxy.address(), timeout), rows::add);
        assertTrue(run.proof().verified());
        assertEquals(1 + CHECKPOINTS, rows.size());
        assertArrayEquals(expected.getLast(), receiver.images.getFirst().getFirst());
      } catch (IOException e) {
        message = String.valueOf(e.getMessage());
        assertEquals(1, message.lines().count(), message);
        assertFalse(message.isBlank() || message.contains("Exception"), message);
      }
      receiver.awaitConnectionEnd();
      long held = Message.NOTHING;
      for (FailOver failOver : receiver.failOvers) {
        held = failOver.checkpoint();
        if (held >= -1) {
          assertArrayEquals(expected.get((int) held + 1), Files.readAllBytes(image));
        } else {
          assertTrue(Files.notExists(image), "no VM can resume from part of a base");
        }
      }
      Files.deleteIfExists(image);
      return new Outcome(message == null, held, String.valueOf(message), proxy.unharmed);
    }
  }

  /** What became of rounds, of which some run at a time: most of one is waiting for a timeout. */
  private static List<Outcome> outcomes(List<Callable<Outcome>> rounds, int atATime)
      throws Exception {
    List<Outcome> outcomes = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(atATime)) {
      for (Future<Outcome> outcome : executor.invokeAll(rounds)) {
        outcomes.add(outcome.get());
      }
    }
    return outcomes;
  }

  private static void report(TestReporter reporter, String fault, List<Outcome> outcomes) {
    long completed = outcomes.stream().filter(Outcome::completed).count();
    long images = outcomes.stream().filter(o -> !o.completed && o.failedAt >= -1).count();
    reporter.publishEntry(
        fault,
        "%d rounds, %d completed, %d failed, of these %d with an image"
            .formatted(outcomes.size(), completed, outcomes.size() - completed, images));
  }

  /** Each fault at bytes anywhere in the stream, both ways. */
  @ParameterizedTest
  @EnumSource(names = {"FLIP", "DROP", "DUPLICATE", "REORDER", "DELAY"})
  void faultsOnTheWayAreFoundOrHarmless(Fault fault, TestReporter reporter) throws Exception {
    Sizes sizes = sizes();
    var random = new Random(0xfa0170L + fault.ordinal());
    List<Callable<Outcome>> rounds = new ArrayList<>();
    for (int round = 0; round < 2 * ROUNDS; round++) {
      boolean towardsReceiver = round % 2 == 0;
      long size = towardsReceiver ? sizes.fromSender : sizes.fromReceiver;
      // Not in the good-bye, which changes nothing any more.
      long position = random.nextLong(size - 100);
      // Where bytes are lost, the receiver waits for them until a heartbeat comes in their place.
      Duration timeout = fault == Fault.DELAY ? RunningReceiver.TIMEOUT : SHORT_TIMEOUT;
      long seed = random.nextLong();
      rounds.add(() -> round(fault, towardsReceiver, position, seed, timeout));
    }
    List<Outcome> outcomes = outcomes(rounds, AT_A_TIME);
    report(reporter, fault.name(), outcomes);
    for (Outcome outcome : outcomes) {
      assertEquals(fault == Fault.DELAY || outcome.unharmed, outcome.completed, outcome::toString);
    }
  }

  /**
   * What either end sees when the other is killed: its connection ends, or is reset, at any byte.
   * With frames as short as here, this meets every step of the protocol.
   */
  @ParameterizedTest
  @EnumSource(names = {"CUT", "RESET"})
  void anEndThatIsGoneIsSurvived(Fault fault, TestReporter reporter) throws Exception {
    Sizes sizes = sizes();
    var random = new Random(0xdeadL + fault.ordinal());
    List<Callable<Outcome>> rounds = new ArrayList<>();
    for (int round = 0; round < 4 * ROUNDS; round++) {
      boolean towardsReceiver = round % 4 != 3;
      long size = towardsReceiver ? sizes.fromSender : sizes.fromReceiver;
      // Evenly through the stream, so that every step is met, and at random within.
      long stride = (size - 100) / (4 * ROUNDS);
      long position = round * stride + random.nextLong(stride);
      long seed = random.nextLong();
      rounds.add(() -> round(fault, towardsReceiver, position, seed, RunningReceiver.TIMEOUT));
    }
    List<Outcome> outcomes = outcomes(rounds, AT_A_TIME);
    report(reporter, fault.name(), outcomes);
    assertTrue(outcomes.stream().noneMatch(Outcome::completed), outcomes::toString);
    assertTrue(
        outcomes.stream().map(Outcome::failedAt).distinct().count() > CHECKPOINTS / 2,
        outcomes::toString);
  }

  /** Half-open connections: nothing says that the other end is gone but its silence. */
  @Test
  void silenceEndsARunAfterTheTimeout(TestReporter reporter) throws Exception {
    Sizes sizes = sizes();
    var random = new Random(0x5a1eL);
    List<Callable<Outcome>> rounds = new ArrayList<>();
    for (int round = 0; round < 12; round++) {
      boolean towardsReceiver = round % 2 == 0;
      long size = towardsReceiver ? sizes.fromSender : sizes.fromReceiver;
      long position = random.nextLong(size - 100);
      long seed = random.nextLong();
      rounds.add(() -> round(Fault.STALL, towardsReceiver, position, seed, SHORT_TIMEOUT));
    }
    List<Outcome> outcomes = outcomes(rounds, rounds.size());
    report(reporter, "STALL", outcomes);
    for (Outcome outcome : outcomes) {
      assertFalse(outcome.completed);
      assertTrue(outcome.message.endsWith("for more than 1500 ms"), outcome.message);
    }
  }

  /** An image that cannot be written is said, and leaves nothing that looks like one. */
  @Test
  void anImageThatCannotBeWrittenIsSaid() throws Exception {
    Path missing = directory.resolve("missing").resolve("image");
    try (var receiver = new RunningReceiver(missing, RunningReceiver.TIMEOUT)) {
      Sizes sizes = sizes();
      try (var proxy =
          new FaultyProxy(
              receiver.address(), Fault.CUT, true, sizes.fromSender * 9 / 10, new Random(3))) {
        assertThrows(
            IOException.class,
            () -> Sender.run(options(proxy.address(), RunningReceiver.TIMEOUT), row -> {}));
      }
      receiver.awaitConnectionEnd();
      assertTrue(
          receiver.notes.stream()
              .anyMatch(line -> line.contains("cannot write the fail-over image " + missing)),
          receiver.notes::toString);
      assertTrue(Files.notExists(missing));
    }
  }
}
