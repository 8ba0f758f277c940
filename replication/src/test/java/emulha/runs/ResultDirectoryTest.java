package emulha.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.codecs.CheckpointKind;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.Method;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.testsupport.Samples;
import emulha.traces.Clock;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesInfo;
import emulha.wire.Encryption;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without this, results of a failed run could lie there like those of a good one. */
class ResultDirectoryTest {
  @TempDir Path temporary = Path.of("");

  private static SeriesInfo vm(String name, long intervalMs, boolean synthetic) {
    return new SeriesInfo(
        name,
        new SeriesDescription(
            name + "-vm",
            name + "-work",
            intervalMs * 1_000_000,
            new SeriesDescription.Memory(8192, 2),
            new SeriesDescription.Origin("test", synthetic, Map.of(), Map.of()),
            Clock.HOST),
        3);
  }

  private static RunDescription run(@Nullable Pace pace, SeriesInfo... vms) {
    return new RunDescription(
        "r1",
        List.of(vms),
        new Terms(Method.parse("none"), pace, Base.SEND, true, Link.AS_IT_IS),
        2,
        "none");
  }

  private static VmPart part(long pages, long wire, long cpu) {
    var counters = new Counters(List.of(Counter.WHOLE_PAGES));
    counters.add(Counter.WHOLE_PAGES, pages);
    return new VmPart(pages, pages * 4096, 0, wire, cpu, cpu / 2, counters);
  }

  @Test
  void sumsCountACheckpointOnceAndAVmEach() {
    RunDescription run = run(Pace.REALTIME, vm("a", 25, false), vm("b", 25, true));
    var summary = new RunSummary(run);
    for (int trial = 1; trial <= 2; trial++) {
      for (long checkpoint = -1; checkpoint < 2; checkpoint++) {
        CheckpointRows.of(
                run,
                trial,
                checkpoint,
                List.of(part(5, 30_000, 100), part(7, 40_000, 200)),
                1000 * (checkpoint + 2),
                1500 * (checkpoint + 2),
                new Transfer(
                    60,
                    100,
                    checkpoint == 0 ? 200L : null,
                    checkpoint == 1,
                    checkpoint < 0 ? null : (Long) (1000L * trial + checkpoint),
                    new Encryption(3_000_000_000L, 50)),
                new Message.Stored(
                    CheckpointKind.INCREMENTAL,
                    checkpoint,
                    9,
                    8,
                    Samples.counting(Message.Stored.Memory.class, 500),
                    Samples.counting(Message.Stored.Written.class, 5),
                    List.of(11L, 12L),
                    List.of(3L, 4L)))
            .forEach(summary::add);
      }
    }
    RunRow row = summary.row(1, 1L, 2L, null, null);
    assertEquals("a+b", row.key().traces());
    assertEquals("a-work+b-work", row.key().workloads());
    assertEquals("synthetic", row.key().origin());
    assertEquals("replay", row.key().mode());
    assertEquals("realtime", row.setting().pace());
    assertEquals(4, row.extent().checkpoints());
    assertEquals(4 * 12, row.traffic().dirtyPages());
    assertEquals(4 * 12 * 4096, row.traffic().payloadBytes());
    assertEquals(4 * 70_000, row.traffic().wireBytes());
    assertEquals(4 * 300, row.cpu().senderCpuNs());
    assertEquals(4 * 150, row.cpu().senderCodecCpuNs());
    assertEquals(4 * 7, row.cpu().receiverCodecCpuNs());
    assertEquals(4 * 23, row.cpu().receiverCpuNs());
    assertEquals(400, row.timing().transferNs());
    assertEquals(240, row.timing().sendingNs());
    assertEquals(2, row.timing().lateCheckpoints());
    assertEquals(2001, row.timing().releaseDelayP99Ns());
    assertEquals(4 * 3_000_000_000L, row.traffic().encryptedBytes());
    assertEquals(4 * 50, row.traffic().encryptionNs());
    assertEquals(2500, row.memory().senderMemoryBytes());
    assertEquals(500, row.memory().receiverMemoryBytes());
    assertEquals(3000, row.memory().senderMemoryMaxBytes());
    assertEquals(4500, row.memory().senderAllocatedMaxBytes());
    assertEquals(500, row.memory().receiverMemoryMaxBytes());
    assertEquals(501, row.memory().receiverAllocatedMaxBytes());
    assertEquals(2L * 12 * 4096, row.full().fullRawBytes());
    assertEquals(200, row.full().fullTransferNs());
    assertTrue(row.proof().verified());
  }

  /**
   * By its definition: of 1 to n, ceil(0.99 n). Interpolated, or off by one, it would name a delay
   * that no packet had.
   */
  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "60,60", "100,99", "101,100", "200,198", "1000,990"})
  void theReleaseDelaysPercentileIsOneOfThem(int checkpoints, long expected) {
    RunDescription run = run(Pace.ASAP, vm("a", 25, false));
    var summary = new RunSummary(run);
    for (int i = 0; i < checkpoints; i++) {
      // 7 has no factor in common with any of the numbers: each delay comes once, in disorder.
      long delayNs = (i * 7L) % checkpoints + 1;
      var transfer = new Transfer(60, 100, null, null, delayNs, null);
      CheckpointRows.of(run, 1, i, List.of(part(5, 0, 0)), 10, 10, transfer, null)
          .forEach(summary::add);
    }
    assertEquals(expected, summary.row(1, null, null, null, null).timing().releaseDelayP99Ns());
  }

  /** What was not measured must not become 0. */
  @Test
  void withoutNetworkAndClockTheirColumnsAreEmpty() {
    RunDescription run = run(null, vm("a", 25, false));
    var summary = new RunSummary(run);
    CheckpointRows.of(run, 1, 0, List.of(part(5, 0, 0)), 10, 10, null, null).forEach(summary::add);
    RunRow row = summary.row(1, null, null, null, null);
    assertEquals("reduce", row.key().mode());
    assertEquals("none", row.setting().pace());
    assertEquals("recording", row.key().origin());
    assertNull(row.traffic().wireBytes());
    assertNull(row.cpu().senderCpuNs());
    assertNull(row.cpu().receiverCpuNs());
    assertNull(row.timing().transferNs());
    assertNull(row.timing().lateCheckpoints());
    assertNull(row.timing().releaseDelayP99Ns());
    assertNull(row.memory().receiverMemoryBytes());
    assertNull(row.full());
    assertEquals(5 * 4096, row.traffic().payloadBytes());
  }

  /** Without this a base of many stretches would count as many losses as it has of them. */
  @Test
  void aLostTableCountsOnceInARow() {
    var counters = new Counters(List.of(Counter.TABLE_LOSSES));
    var found = new VmPart(5, 5 * 4096, 0, 0, 0, 0, counters.copy());
    counters.add(Counter.TABLE_LOSSES, 3);
    var lost = new VmPart(5, 5 * 4096, 0, 0, 0, 0, counters);
    RunDescription run = run(null, vm("a", 25, false), vm("b", 25, false));
    List<CheckpointRow> rows =
        CheckpointRows.of(
            run, 1, CheckpointRows.FULL, List.of(found, lost.plus(lost)), 10, 10, null, null);
    assertEquals(0, rows.getFirst().counts().chunks().tableLosses());
    assertEquals(1, rows.getLast().counts().chunks().tableLosses());
  }

  @Test
  void aRunWithoutCheckpointsHasARow() {
    RunRow row = new RunSummary(run(Pace.ASAP, vm("a", 25, false))).row(1, 0L, 0L, null, null);
    assertEquals(0, row.extent().checkpoints());
    assertEquals(0, row.memory().senderMemoryBytes());
    assertNull(row.timing().releaseDelayP99Ns());
    assertTrue(row.proof().verified());
    RunDescription asked = run(Pace.ASAP, vm("a", 25, false));
    var unproved = new Terms(Method.parse("none"), Pace.ASAP, Base.SEND, false, Link.AS_IT_IS);
    var run = new RunDescription("r1", asked.vms(), unproved, 1, "none");
    assertFalse(new RunSummary(run).row(1, 0L, 0L, null, null).proof().verified());
  }

  @Test
  void differentIntervalsAreRefused() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(Pace.ASAP, vm("a", 25, false), vm("b", 100, false)));
    assertEquals(
        "VMs protected together must have one interval: a has 25 ms, b has 100 ms;"
            + " choose a common multiple as interval",
        e.getMessage());
  }

  @Test
  void filesGetTheirNamesOnCommitOnly() throws IOException {
    Path directory = temporary.resolve("out");
    RunDescription run = run(Pace.ASAP, vm("a", 25, false));
    try (var results = ResultDirectory.open(directory)) {
      for (CheckpointRow row :
          CheckpointRows.of(run, 1, 0, List.of(part(5, 30_000, 100)), 0, 0, null, null)) {
        results.checkpoint(row);
      }
      results.run(new RunSummary(run).row(1, 0L, 0L, null, null));
      for (String name : List.of("checkpoints.csv", "runs.csv", "manifest.json")) {
        assertTrue(Files.notExists(directory.resolve(name)));
      }
      results.commit(Environment.manifest(List.of("emulha", "x"), Map.of("seed", 7)));
    }
    assertEquals(
        1, RowReader.all(directory.resolve("checkpoints.csv"), CheckpointRow.class).size());
    assertEquals(1, RowReader.all(directory.resolve("runs.csv"), RunRow.class).size());
    var manifest = new ObjectMapper().readTree(directory.resolve("manifest.json").toFile());
    assertEquals("x", manifest.get("command").get(1).asText());
    assertEquals(7, manifest.get("seed").asInt());
    assertTrue(manifest.get("environment").get("jdk").asText().contains("25"));
    try (var files = Files.list(directory)) {
      assertEquals(3, files.count(), "nothing temporary is left");
    }
    var e = assertThrows(IOException.class, () -> ResultDirectory.open(directory));
    assertTrue(String.valueOf(e.getMessage()).contains("holds results already"), e::toString);
  }

  /** Both would write into one temporary file, and rows of both could lie under its final name. */
  @Test
  void aSecondOneThereIsRefusedUntilTheFirstHasEnded() throws IOException {
    Path directory = temporary.resolve("out");
    RunRow row = new RunSummary(run(Pace.ASAP, vm("a", 25, false))).row(1, 0L, 0L, null, null);
    try (var first = ResultDirectory.open(directory)) {
      first.run(row);
      var e = assertThrows(IOException.class, () -> ResultDirectory.open(directory));
      assertEquals(
          directory
              + ": another emulha is writing results there; wait for it, or choose another directory",
          e.getMessage());
    }
    try (var second = ResultDirectory.open(directory)) {
      second.run(row);
      second.commit(Environment.manifest(List.of("emulha", "x"), Map.of()));
    }
    assertEquals(1, RowReader.all(directory.resolve("runs.csv"), RunRow.class).size());
  }

  /** Checkpoints without their run, or without what it ran on, would look like results. */
  @Test
  void allFilesGetTheirNamesOrNone() throws IOException {
    Path directory = temporary.resolve("out");
    try (var results = ResultDirectory.open(directory)) {
      Files.createDirectories(directory.resolve("manifest.json/in the way"));
      assertThrows(IOException.class, () -> results.commit("{}"));
      for (String name : List.of("checkpoints.csv", "runs.csv")) {
        assertTrue(Files.notExists(directory.resolve(name)), name);
      }
    }
  }

  @Test
  void nothingIsLeftWithoutCommit() throws IOException {
    Path made = temporary.resolve("out");
    Path existing = Files.createDirectory(temporary.resolve("existing"));
    for (Path directory : List.of(made, existing)) {
      try (var results = ResultDirectory.open(directory)) {
        results.run(new RunSummary(run(Pace.ASAP, vm("a", 25, false))).row(1, 0L, 0L, null, null));
      }
    }
    assertFalse(Files.exists(made));
    try (var files = Files.list(existing)) {
      assertEquals(0, files.count());
    }
  }
}
