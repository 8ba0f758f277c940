package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transfer times over Gigabit Ethernet. A slip of bits and bytes, or a modelled time that stands in
 * for a measured one, would turn verdicts on the papers' transfer times.
 */
final class LinkModelTest {
  private static final long GIGABIT = 1_000_000_000;
  private static final long BYTES = 724_000 - 100;

  @TempDir Path directory;

  private final List<RunRow> runs = new ArrayList<>();
  private final List<CheckpointRow> rows = new ArrayList<>();

  /**
   * Six trials of one checkpoint of 724 000 bytes of ours: 500 frames of 1538 bytes, which take
   * 6.152 ms at 1 Gb/s, in 3 pieces.
   */
  private void replay(String method, RunRow.Network network, long cpuNs, long transferNs) {
    for (int trial = 1; trial <= 6; trial++) {
      RunRow run =
          Rows.with(
              Rows.run(method, "t", method, 25),
              method + network.linkKind() + trial,
              1,
              network,
              new RunRow.Store("ram", new RunRow.Written(0), 0, null, null));
      runs.add(run);
      rows.add(Rows.checkpoint(run, 1, "t", 0, 1000, BYTES, cpuNs, transferNs));
    }
  }

  private static RunRow.Network shaped(long bitsPerSecond) {
    return new RunRow.Network("shaped", bitsPerSecond, null, "none");
  }

  private static RunRow.Network asIs() {
    return new RunRow.Network("as-is", null, null, "none");
  }

  private Results results() throws IOException {
    Rows.write(directory, runs, rows);
    return Results.read(directory);
  }

  private List<Summary> atGigabit() throws IOException {
    Results results = results();
    return LinkModel.at(GIGABIT, Summary.of(results), LinkModel.modelled(GIGABIT, results));
  }

  private static Estimate transfer(List<Summary> summaries, String method) {
    return summaries.stream()
        .filter(summary -> summary.setting().method().equals(method))
        .findFirst()
        .orElseThrow()
        .get(Measure.TRANSFER_NS)
        .orElseThrow();
  }

  /**
   * 30 of 40 ms that a replay seemed to process, its thread waited for a processor that something
   * else had. The model takes the CPU time: were it the wall clock, one and the same method would
   * be slow beside another program and fast alone. R is 30 ms, the least sending of these replays.
   */
  @Test
  void processingIsCpuTimeAndOverlapsInPieces() throws IOException {
    replay("quick", asIs(), 3_000_000, 40_000_000);
    replay("gzip:scope=checkpoint", asIs(), 3_000_000, 40_000_000);
    List<Summary> all = atGigabit();
    assertEquals("modelled", all.getFirst().setting().way().mode());
    assertEquals(GIGABIT, all.getFirst().setting().link().bitsPerSecond());
    Estimate pieces = transfer(all, "quick");
    assertEquals(30e6 + 1e6 + 6.152e6, pieces.value(), 1);
    assertEquals(0.6 * pieces.value(), pieces.low(), 1);
    assertEquals(1.4 * pieces.value(), pieces.high(), 1);
    assertTrue(pieces.decides());
    assertEquals(30e6 + 3e6 + 6.152e6, transfer(all, "gzip:scope=checkpoint").value(), 1);
  }

  /** Worked by hand at 1 Gb/s: 144 800 bytes travel in 1.2304 ms, 1 158 400 in 9.8432, 5 pieces. */
  @Test
  void theSlowerOfProcessingAndLinkDecides() {
    assertEquals(2_280_400, LinkModel.transferNs(1e6, 144_800, false, 5e4, GIGABIT), 1);
    assertEquals(10_043_200, LinkModel.transferNs(1e6, 1_158_400, false, 0, GIGABIT), 1);
    assertEquals(21_968_640, LinkModel.transferNs(20e6, 1_158_400, false, 0, GIGABIT), 1);
    assertEquals(29_843_200, LinkModel.transferNs(20e6, 1_158_400, true, 0, GIGABIT), 1);
  }

  @Test
  void measuredTransfersStandInPlaceOfModelledOnes() throws IOException {
    replay("gzip", asIs(), 1_000_000, 4_000_000);
    replay("none", asIs(), 1_000_000, 4_000_000);
    replay("gzip", shaped(GIGABIT), 1_000_000, 7_000_000);
    replay("none", shaped(GIGABIT / 10), 1_000_000, 70_000_000);
    List<Summary> all = atGigabit();
    assertEquals(List.of("gzip", "none"), all.stream().map(s -> s.setting().method()).toList());
    assertEquals("replay", all.get(0).setting().way().mode());
    assertEquals(7e6, transfer(all, "gzip").value());
    assertEquals("modelled", all.get(1).setting().way().mode());
  }

  /** What the model is off by is shown where both are known, and only there. */
  @Test
  void modelIsComparedWithMeasured() throws IOException {
    replay("gzip", asIs(), 1_000_000, 4_000_000);
    replay("none", asIs(), 1_000_000, 4_000_000);
    replay("gzip", shaped(GIGABIT), 1_000_000, 7_000_000);
    Results results = results();
    Map<Summary, Summary> pairs =
        LinkModel.measuredAndModelled(
            GIGABIT, Summary.of(results), LinkModel.modelled(GIGABIT, results));
    assertEquals(1, pairs.size());
    pairs.forEach(
        (measured, modelled) -> {
          assertEquals("gzip", measured.setting().method());
          assertEquals(7e6, measured.get(Measure.TRANSFER_NS).orElseThrow().value());
          assertEquals(
              3e6 + 1e6 / 3 + 6.152e6, modelled.get(Measure.TRANSFER_NS).orElseThrow().value(), 1);
        });
  }

  /** Of what was not timed nothing is known at any speed. */
  @Test
  void modelsNothingFromReductions() throws IOException {
    RunRow run = Rows.with(Rows.run("r", "t", "gzip", 25), "reduce", "none");
    runs.add(run);
    rows.add(Rows.checkpoint(run, 1, "t", 0, 1000, BYTES, null, null));
    assertEquals(List.of(), atGigabit());
  }
}
