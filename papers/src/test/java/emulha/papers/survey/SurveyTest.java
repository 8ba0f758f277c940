package emulha.papers.survey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.measures.Evidence;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.papers.ReportTable;
import emulha.papers.Shown;
import emulha.papers.survey.Choices.Choice;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Choices and regrets against times computed by hand. Without it, a slip of links or of the
 * recording would recommend a method that is not the best one, with a number that looks right.
 */
final class SurveyTest {
  private static final long GIGABIT = 1_000_000_000L;

  /** What a transfer without pages takes: the least time of sending, of {@code none}. */
  private static final double IDLE_US = 3;

  @TempDir Path directory;

  private final List<RunRow> runs = new ArrayList<>();
  private final List<CheckpointRow> rows = new ArrayList<>();

  @BeforeEach
  void twoRecordingsOfTwentyCheckpoints() {
    for (int trial = 0; trial < 6; trial++) {
      replay("red", "none", 1_000, 4096, 4096);
      replay("red", "gzip:level=6", 20_000, 100, 100);
      replay("blue", "none", 1_000, 4096, 4096);
      // Compressible after the first tenth only.
      replay("blue", "gzip:level=6", 20_000, 4000, 100);
    }
  }

  /** What was reduced has no times: taken for 0, its method would be the best everywhere. */
  @Test
  void whatHasNoTimesIsNotAdvised() throws IOException {
    RunRow reduced = Rows.with(Rows.run("reduced", "red", "bdi", 25), "reduce", "none");
    runs.add(reduced);
    for (int c = 0; c < 20; c++) {
      rows.add(Rows.checkpoint(reduced, 1, "vm", c, 1, 1, null, null));
    }
    Choice choice = of(choices(), "red", GIGABIT);
    assertEquals(Optional.of("gzip:level=6"), choice.advised());
    assertEquals(2, choice.methods().size());
  }

  private void replay(String trace, String method, long cpuNs, long firstTenth, long later) {
    RunRow run = Rows.run("run-" + runs.size(), trace, method, 25);
    runs.add(run);
    for (int c = 0; c < 20; c++) {
      rows.add(Rows.checkpoint(run, 1, "vm", c, 1, c < 2 ? firstTenth : later, cpuNs, 4 * cpuNs));
    }
  }

  private Evidence evidence() throws IOException {
    Rows.write(directory.resolve("results"), runs, rows);
    return Evidence.read(directory.resolve("results"));
  }

  private List<Choice> choices() throws IOException {
    Evidence evidence = evidence();
    return Choices.of(evidence, Choices.modelled(evidence));
  }

  /** Microseconds: of one piece, processing and then the link; the rows' wire adds 100 bytes. */
  private static double transferUs(double cpuUs, double payloadBytes, double gigabits) {
    return IDLE_US + cpuUs + (payloadBytes + 100) * 8e-3 / gigabits * 1538 / 1448;
  }

  private static Choice of(List<Choice> choices, String trace, long link) {
    return choices.stream()
        .filter(choice -> choice.workload().traces().equals(trace))
        .filter(choice -> choice.linkBitsPerSecond() == link)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theShortestTransferIsTheBest() throws IOException {
    List<Choice> choices = choices();
    assertEquals(8, choices.size());
    Choice slow = of(choices, "red", GIGABIT);
    assertEquals("gzip:level=6", slow.best().setting().method());
    assertEquals(List.of(), slow.ties());
    double none = transferUs(1, 4096, 1);
    double gzip = transferUs(20, 100, 1);
    assertEquals(none / gzip - 1, slow.regret("none").orElseThrow(), 1e-3);
    assertEquals(0, slow.regret("gzip:level=6").orElseThrow());
    assertEquals(Optional.empty(), slow.regret("lz4"));
    assertTrue(slow.certainlySlower(slow.methods().getLast()));
    assertEquals(40, slow.achievedHertz(slow.best()));

    Choice fast = of(choices, "red", 10 * GIGABIT);
    assertEquals("none", fast.best().setting().method());
    assertEquals(
        transferUs(20, 100, 10) / transferUs(1, 4096, 10) - 1,
        fast.regret("gzip:level=6").orElseThrow(),
        1e-3);
  }

  /** One trial has no interval; called certain, chance would choose the method. */
  @Test
  void whatOneTrialShowsIsATie() throws IOException {
    runs.subList(4, runs.size()).clear();
    rows.removeIf(row -> runs.stream().noneMatch(run -> of(run).equals(row.key().runId())));
    Choice choice = of(choices(), "red", GIGABIT);
    assertEquals(List.of("none"), choice.ties());
    assertFalse(choice.certainlySlower(choice.methods().getLast()));
  }

  private static String of(RunRow run) {
    return run.key().runId();
  }

  /** An adviser that sees what comes later would always be right. */
  @Test
  void theAdviserSeesTheFirstTenthAlone() throws IOException {
    List<Choice> choices = choices();
    assertEquals(Optional.of("gzip:level=6"), of(choices, "red", GIGABIT).advised());
    Choice misled = of(choices, "blue", GIGABIT);
    assertEquals("gzip:level=6", misled.best().setting().method());
    assertEquals(Optional.of("none"), misled.advised());
    double gzip = (2 * transferUs(20, 4000, 1) + 18 * transferUs(20, 100, 1)) / 20;
    assertEquals(transferUs(1, 4096, 1) / gzip - 1, misled.regret("none").orElseThrow(), 1e-3);
  }

  @Test
  void tablesShowWhatWasComputed() throws IOException {
    Shown shown = Survey.of(evidence());
    List<ReportTable> tables = shown.tables();
    assertEquals(
        List.of(
            "survey-reduction", "survey-cost", "survey-choice", "survey-regret", "survey-advice"),
        tables.stream().map(ReportTable::name).toList());
    var reduction = tables.getFirst().shown();
    assertEquals("[gzip:level=6, none]", reduction.stringColumn("method").asList().toString());
    assertEquals(97.6, reduction.doubleColumn("red, 25 ms").get(0), "1 - 100 / 4096");
    var choice = tables.get(2).shown();
    assertEquals("gzip:level=6", choice.getString(0, "1 Gbit/s"));
    assertEquals("none", choice.getString(0, "100 Gbit/s"));
    var advice = tables.get(4).shown();
    int blue = advice.stringColumn(0).indexOf("blue, 25 ms");
    assertEquals("none (42)", advice.getString(blue, "1 Gbit/s"));
    assertEquals(16, tables.get(3).numbers().rowCount());
    // Each setting as it is, and over each of four links.
    assertEquals(4 * 5, shown.points().size());
    assertEquals(1, shown.figures().size());
  }
}
