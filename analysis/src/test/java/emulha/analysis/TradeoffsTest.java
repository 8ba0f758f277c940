package emulha.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import java.io.IOException;
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
   * Trials of a method: one checkpoint of 100 pages each, of that payload and CPU time per page.
   */
  private void trials(String method, long payloadPerPage, long... cpuNsPerPage) {
    RunRow run = Rows.run("run-" + method, "redis", method, 25);
    runs.add(run);
    for (int t = 0; t < cpuNsPerPage.length; t++) {
      rows.add(
          Rows.checkpoint(
              run, t + 1, "vm", 0, 100, 100 * payloadPerPage, 100 * cpuNsPerPage[t], 5_000_000L));
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

  @Test
  void greysTheDominated() throws IOException {
    trials("none", 4096, 1000);
    trials("good", 1024, 3000);
    trials("worse", 2048, 3000);
    trials("twin", 1024, 3000);
    List<Summary> all = summaries();
    assertEquals(
        List.of(false, false, true, false),
        all.stream().map(s -> Tradeoffs.dominated(s, all)).toList());
    var curves = (Figure.Curves) Tradeoffs.pareto("pareto", all).orElseThrow().plot();
    assertEquals(Figure.Style.GREYED, curves.curves().get(2).style());
    assertEquals(75, curves.curves().get(1).points().getFirst().y().value());
    assertEquals(3, curves.curves().get(1).points().getFirst().x());
  }

  @Test
  void comparesInterleavedTrials() throws IOException {
    trials("a", 1024, 2000, 4000, 6000);
    trials("b", 1024, 1000, 2000, 3000);
    List<Summary> all = summaries();
    var table = Comparison.of(all, Measure.SENDER_CPU_NS_PER_PAGE, "a", "b");
    assertEquals(1, table.rowCount());
    assertEquals(2, table.doubleColumn("ratio").getDouble(0));
    assertEquals(2, table.doubleColumn("ratio_low").getDouble(0));
    assertEquals(3, table.longColumn("pairs").getLong(0));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Comparison.of(all, Measure.SENDER_CPU_NS_PER_PAGE, "a", "c"))
            .getMessage();
    assertTrue(message.endsWith("methods in the results: a b"), message);
  }

  /** Without this, times taken while the machine was another's would be quoted like any others. */
  @Test
  void warnsOfWhatDisturbedTheMachine() throws IOException {
    var json = new ObjectMapper();
    List<String> warnings =
        Stability.warnings(
            List.of(),
            List.of(
                json.readTree("{}"),
                json.readTree(
                    "{'disturbances':{'stealPpm':10000,'throttledUs':null,'gcPpm':70000}}"
                        .replace('\'', '"')),
                json.readTree(
                    "{'disturbances':{'stealPpm':25000,'throttledUs':0,'gcPpm':60000}}"
                        .replace('\'', '"'))));
    assertEquals(
        List.of(
            "in 1 of 2 runs the hypervisor stole more than 1 % of the CPU, at most 2.5 %: do not trust"
                + " their times",
            "in 2 of 2 runs the sender's garbage collector took more than 5 %, at most 7 %: do not trust"
                + " their times"),
        warnings);
  }

  @Test
  void warnsOfWhatIsNotStable() throws IOException {
    trials("steady", 1024, 1000, 1001, 1002, 1003, 1004);
    trials("wild", 1024, 1000, 1001, 1002, 1003, 2000);
    trials("once", 1024, 1000);
    List<String> warnings = Stability.warnings(summaries());
    assertFalse(warnings.stream().anyMatch(w -> w.contains("steady")), warnings.toString());
    assertTrue(
        warnings.contains(
            "redis, wild, 25 ms: sender_cpu_ns_per_page spreads by 100 % of its median over 5"
                + " trials"),
        warnings.toString());
    assertTrue(
        warnings.contains(
            "redis, wild, 25 ms: sender_cpu_ns_per_page of trial 5 of 5 lies far from the others"),
        warnings.toString());
    assertTrue(
        warnings.contains("redis, once, 25 ms: a single trial, so times and CPU have no interval"),
        warnings.toString());
  }
}
