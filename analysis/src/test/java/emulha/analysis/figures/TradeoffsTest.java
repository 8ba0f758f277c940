package emulha.analysis.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.drawing.Figure;
import emulha.analysis.measures.Comparison;
import emulha.analysis.measures.Manifest;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Span;
import emulha.analysis.measures.Stability;
import emulha.analysis.measures.Summary;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TradeoffsTest {
  @TempDir Path directory;

  private List<RunRow> runs = new ArrayList<>();
  private List<CheckpointRow> rows = new ArrayList<>();

  /**
   * Trials of a method, each of a run: one checkpoint of 100 pages each, of that payload and CPU
   * time per page.
   */
  private void trials(String method, long payloadPerPage, long... cpuNsPerPage) {
    for (int t = 0; t < cpuNsPerPage.length; t++) {
      RunRow run = Rows.run("run-" + method + "-" + t, "redis", method, 25);
      runs.add(run);
      rows.add(
          Rows.checkpoint(
              run, 1, "vm", 0, 100, 100 * payloadPerPage, 100 * cpuNsPerPage[t], 5_000_000L));
    }
  }

  private List<Summary> summaries() throws IOException {
    Rows.write(directory, runs, rows);
    return Summary.of(Results.read(directory));
  }

  /**
   * 2048 bytes saved for 16 µs more: 16384 bits in 16384 ns are worth it below 1 Gb/s exactly. A
   * slip of a unit would advise compressing where it hurts.
   */
  @Test
  void breaksEvenWhereSavingTakesAsLongAsSending() throws IOException {
    trials("none", 4096, 1000);
    trials("half", 2048, 1000 + 16_384);
    trials("cheap", 4000, 900);
    trials("useless", 4096, 2000);
    List<Summary> all = summaries();
    Summary none = all.get(0);
    assertEquals(1e9, Tradeoffs.breakEvenBitsPerSecond(all.get(1), none).orElseThrow(), 1e-3);
    assertEquals(
        Double.POSITIVE_INFINITY, Tradeoffs.breakEvenBitsPerSecond(all.get(2), none).orElseThrow());
    assertEquals(OptionalDouble.empty(), Tradeoffs.breakEvenBitsPerSecond(all.get(3), none));
    assertEquals(
        Tradeoffs.achievableHertz(none, 1e9), Tradeoffs.achievableHertz(all.get(1), 1e9), 1e-9);
    // 100 pages of 1 µs and 32 768 bits at 1 Gb/s.
    assertEquals(1e9 / (100 * 33_768.0), Tradeoffs.achievableHertz(none, 1e9), 1e-9);
    var numbers = Tradeoffs.breakEven("break-even", all).orElseThrow().numbers();
    assertEquals(1e9, numbers.doubleColumn("break_even_bits_per_second").getDouble(1), 1e-3);
    assertTrue(numbers.booleanColumn("pays_at_any_speed").get(2));
    assertTrue(Tradeoffs.breakEven("break-even", all.subList(1, 4)).isEmpty());
  }

  /**
   * Greyed by noise, one of two delta caches with identical bytes would look worse than the other
   * for 0.6 µs in one trial.
   */
  @Test
  void greysTheDominatedOnlyWhereIntervalsAreApart() throws IOException {
    trials("none", 4096, 1000, 1000, 1000, 1000, 1000, 1000);
    trials("good", 1024, 2900, 2950, 3000, 3050, 3100, 3200);
    trials("worse", 2048, 3300, 3300, 3300, 3300, 3300, 3300);
    trials("twin", 1024, 2950, 3000, 3050, 3100, 3150, 3250);
    trials("dearer", 1024, 3300, 3400, 3500, 3500, 3500, 3500);
    trials("few", 2048, 9000, 9000, 9000, 9000, 9000);
    List<Summary> all = summaries();
    assertEquals(
        List.of(false, false, true, false, true, false),
        all.stream().map(s -> Tradeoffs.dominated(s, all)).toList());
    Figure figure = Tradeoffs.pareto("pareto", all).orElseThrow();
    assertEquals("twin", figure.numbers().stringColumn("tied_with").get(1));
    assertEquals("", figure.numbers().stringColumn("tied_with").get(0));
    var curves = (Figure.Curves) figure.plot();
    assertEquals(Figure.Style.GREYED, curves.curves().get(2).style());
    assertEquals(75, curves.curves().get(1).points().getFirst().y().value());
    // The codec's three quarters of 3.025 µs.
    assertEquals(2.26875, curves.curves().get(1).points().getFirst().x(), 1e-9);
  }

  @Test
  void comparesSamplesWhereNothingTellsThatTrialsAlternated() throws IOException {
    trials("a", 1024, 2000, 4000, 6000);
    trials("b", 1024, 1000, 2000, 3000);
    List<Summary> all = summaries();
    var table = Comparison.table(Comparison.of(all, Measure.SENDER_CPU_NS_PER_PAGE, "a", "b"));
    assertEquals(1, table.rowCount());
    assertEquals(2, table.doubleColumn("ratio").getDouble(0));
    assertEquals("samples", table.stringColumn("compared").get(0));
    assertEquals(2 / 3.0, table.doubleColumn("ratio_low").getDouble(0));
    assertEquals(6, table.doubleColumn("ratio_high").getDouble(0));
    assertEquals(0.75, table.doubleColumn("coverage").getDouble(0));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Comparison.of(all, Measure.SENDER_CPU_NS_PER_PAGE, "a", "c"))
            .getMessage();
    assertTrue(message.endsWith("methods in the results: a b"), message);
  }

  /**
   * Two runs of one command after the other are no pairs: with what both share, the warm-up, taken
   * out, a ratio would look ten times as exact as it is.
   */
  @Test
  void onlyTrialsByTurnsAlternate() {
    List<Span> a = List.of(new Span(0, 10), new Span(30, 40), new Span(50, 60));
    List<Span> b = List.of(new Span(10, 20), new Span(20, 30), new Span(60, 70));
    assertTrue(Span.alternate(a, b));
    assertTrue(Span.alternate(b, a));
    List<Span> after = List.of(new Span(60, 70), new Span(70, 80), new Span(80, 90));
    assertFalse(Span.alternate(a, after), "one run after the other");
    assertFalse(Span.alternate(a, b.subList(0, 2)));
    List<Span> beside = List.of(new Span(9, 20), new Span(20, 30), new Span(60, 70));
    assertFalse(Span.alternate(a, beside), "at the same time");
    assertFalse(Span.alternate(List.of(), List.of()), "not known");
  }

  private Manifest manifest(String text) throws IOException {
    Path file = Files.createTempFile(directory, "manifest", ".json");
    return Manifest.read(Files.writeString(file, text.replace('\'', '"')));
  }

  /** Without this, times taken while the machine was another's would be quoted like any others. */
  @Test
  void warnsOfWhatDisturbedTheMachine() throws IOException {
    List<String> warnings =
        Stability.warnings(
            List.of(),
            List.of(
                manifest("{}"),
                manifest("{'disturbances':{'stealPpm':10000,'throttledUs':null,'gcPpm':70000}}"),
                manifest("{'disturbances':{'stealPpm':25000,'throttledUs':0,'gcPpm':60000}}")));
    assertEquals(
        List.of(
            "in 1 of 2 runs the hypervisor stole more than 1 % of the CPU, at most 2.5 %: do not trust"
                + " their times",
            "in 2 of 2 runs the sender's garbage collector took more than 5 %, at most 7 %: do not trust"
                + " their times"),
        warnings);
  }

  /** The interval of a median over twelve trials leaves out two of them at each end. */
  @Test
  void warnsOfBytesThatDifferInOneTrialOfMany() throws IOException {
    trials("same", 1024, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000);
    RunRow off = Rows.run("off", "redis", "same", 25);
    runs.add(off);
    rows.add(Rows.checkpoint(off, 1, "vm", 0, 100, 102_500, 100_000L, 5_000_000L));
    List<String> warnings = Stability.warnings(summaries());
    assertTrue(
        warnings.contains("redis, same, 25 ms: traffic_reduction differs between trials"),
        warnings.toString());
  }

  @Test
  void warnsOfWhatIsNotStable() throws IOException {
    trials("steady", 1024, 1000, 1001, 1002, 1003, 1004, 1005);
    trials("wild", 1024, 1000, 1001, 1002, 1003, 1002, 2000);
    trials("once", 1024, 1000);
    List<String> warnings = Stability.warnings(summaries());
    assertFalse(warnings.stream().anyMatch(w -> w.contains("steady")), warnings.toString());
    assertTrue(
        warnings.contains(
            "redis, wild, 25 ms: sender_cpu_ns_per_page spreads by 100 % of its median over 6"
                + " trials"),
        warnings.toString());
    assertTrue(
        warnings.contains(
            "redis, wild, 25 ms: sender_cpu_ns_per_page of trial 6 of 6 lies far from the others"),
        warnings.toString());
    assertTrue(
        warnings.contains(
            "redis, once, 25 ms: times and CPU have no interval, only the range of n = 1; one takes 6"
                + " trials"),
        warnings.toString());
  }
}
