package emulha.experiments.advise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.DerivedColumns;
import emulha.experiments.advise.Advice.Limit;
import emulha.experiments.advise.Advice.Prefer;
import emulha.metrics.CheckpointRow;
import emulha.metrics.MissRatioRow;
import emulha.metrics.RunRow;
import emulha.metrics.SeriesKey;
import emulha.metrics.columns.RowWriter;
import emulha.testsupport.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Given the same measurements, the same advice: wrong limits or units would give another. */
final class AdviceTest {
  private static final long MIB = 1 << 20;

  @TempDir Path directory;

  private final List<RunRow> runs = new ArrayList<>();
  private final List<CheckpointRow> rows = new ArrayList<>();

  /** Checkpoints of 100 pages; those between the stretches 0-1 and 4-5 would spoil any mean. */
  private void method(String method, long memory, long[] wireBytes, long[] cpuNs) {
    RunRow run = Rows.run("run-" + method, "t", method, 10);
    runs.add(run);
    for (int n = 0; n < 6; n++) {
      boolean gap = n == 2 || n == 3;
      int stretch = n / 4;
      CheckpointRow row =
          Rows.checkpoint(
              run, 1, "vm", n, gap ? 0 : 100, gap ? 0 : wireBytes[stretch] - 100, 0L, 100L);
      rows.add(
          new CheckpointRow(
              row.key(),
              row.traffic(),
              new CheckpointRow.Cpu(gap ? 0L : cpuNs[stretch], 0L, 0L, 0L),
              new CheckpointRow.Timing(
                  gap ? 0 : cpuNs[stretch] + 777, gap ? 50_000 : 900_000, 100, null, false, 100L),
              new CheckpointRow.Memory(n < 4 ? memory / 2 : memory, memory, 1000L, 1000L),
              row.counts(),
              null,
              true));
    }
  }

  private Advice advise(Limits limits, Prefer prefer) throws IOException {
    directory = Files.createDirectory(directory.resolve("sample"));
    Rows.write(directory, runs, rows);
    try (var writer = RowWriter.open(directory.resolve("miss_ratio.csv"), MissRatioRow.class)) {
      for (int pages = 1; pages <= 4; pages++) {
        long misses = List.of(900L, 500L, 305L, 300L).get(pages - 1);
        writer.write(
            new MissRatioRow(
                new SeriesKey("t", "vm", "w", "recording", 10_000_000),
                pages,
                1000,
                1000 - misses,
                misses,
                0));
      }
      writer.commit();
    }
    Files.writeString(
        directory.resolve("manifest.json"),
        "{\"sample\": {\"checkpoints\": 6, \"stretches\": [[0, 2], [4, 6]]}}");
    return Adviser.read(directory, limits, prefer);
  }

  private void threeMethods() {
    method("none", 0, new long[] {409_600, 409_600}, new long[] {10_000, 10_000});
    method("small", MIB, new long[] {20_000, 60_000}, new long[] {3_000_000, 4_000_000});
    method("smaller", 4 * MIB, new long[] {19_000, 59_000}, new long[] {5_000_000, 6_000_000});
    method("quick", MIB, new long[] {200_000, 200_000}, new long[] {100_000, 100_000});
  }

  @Test
  void takesTheLeastTrafficWithinTheLimits() throws IOException {
    threeMethods();
    Advice advice = advise(new Limits(100_000_000, 0.9, 4 * MIB), Prefer.TRAFFIC);
    // "smaller" saves less than a hundredth more, and takes longer.
    assertEquals("small", advice.advised());
    assertTrue(advice.stretchesAgree());
    var small = advice.advisedCandidate().orElseThrow();
    assertEquals(1 - 40_000 / 409_600.0, small.traffic().reduction().value(), 1e-12);
    assertEquals(1 - 60_000 / 409_600.0, small.traffic().reduction().low(), 1e-12);
    assertEquals(1 - 20_000 / 409_600.0, small.traffic().reduction().high(), 1e-12);
    assertEquals(0.35, small.cost().senderCpuShare().value(), 1e-12);
    assertEquals(MIB, small.cost().senderMemoryBytes());
    // 40 000 bytes at 100 Mb/s, 1538 for 1448: 3.398895 ms; 3.5 ms of CPU; 50 µs of round trip.
    assertEquals(6_948_895, small.traffic().transferNs().value(), 1);
    assertEquals(0, small.traffic().lateShare().value());
    assertEquals(List.of("smaller", "small", "quick", "none"), methods(advice));
    assertEquals(
        DerivedColumns.of("advice.csv"),
        AdviceFiles.table(advice).columnNames().stream()
            .filter(name -> !name.endsWith("_low") && !name.endsWith("_high"))
            .toList());
    assertEquals(
        Limit.INTERVAL, advice.candidates().getLast().exceeds().keySet().iterator().next());
    assertEquals(
        "quick", advise(new Limits(1_000_000_000, 0.3, 4 * MIB), Prefer.TRAFFIC).advised());
  }

  @Test
  void takesTheShortestTransfersIfAsked() throws IOException {
    threeMethods();
    assertEquals("quick", advise(new Limits(1_000_000_000, 0.9, MIB), Prefer.TIME).advised());
    // At 10 Gb/s compressing no longer pays.
    assertEquals("none", advise(new Limits(100_000_000_000L, 0.9, MIB), Prefer.TIME).advised());
  }

  /**
   * @param transferNs by trial, of the first stretch's checkpoints and of the last one's
   */
  private void overLink(String method, long[]... transferNs) {
    for (int trial = 1; trial <= transferNs.length; trial++) {
      RunRow run =
          Rows.with(
              Rows.run("", "t", method, 10),
              method + "-link-" + trial,
              1,
              new RunRow.Network("imitated", 1_000_000_000L, null, "none"),
              null);
      runs.add(run);
      for (int n : List.of(0, 1, 4, 5)) {
        rows.add(Rows.checkpoint(run, 1, "vm", n, 100, 19_900, 0L, transferNs[trial - 1][n / 4]));
      }
    }
  }

  /** Where predicted times are close, what was measured over the link decides, and that alone. */
  @Test
  void measuredTimesDecideBetweenFinalists() throws IOException {
    method("none", 0, new long[] {409_600, 409_600}, new long[] {10_000, 10_000});
    method("a", MIB, new long[] {20_000, 20_000}, new long[] {1_000_000, 1_000_000});
    method("b", MIB, new long[] {20_000, 20_000}, new long[] {1_100_000, 1_100_000});
    method("c", MIB, new long[] {20_000, 20_000}, new long[] {2_000_000, 2_000_000});
    var limits = new Limits(1_000_000_000, 0.9, MIB);
    Advice predicted = advise(limits, Prefer.TIME);
    assertEquals("a", predicted.advised());
    assertEquals(List.of("a", "b"), Adviser.finalists(predicted));
    assertEquals(List.of("a", "b", "c"), Adviser.finalists(advise(limits, Prefer.TRAFFIC)));
    overLink("a", new long[] {9_000_000, 9_000_000}, new long[] {8_000_000, 8_000_000});
    // Disturbed in both trials, but each checkpoint in one of them only.
    overLink("b", new long[] {7_000_000, 12_000_000}, new long[] {12_000_000, 7_000_000});
    Advice advice = advise(limits, Prefer.TIME);
    assertEquals("b", advice.advised(), "though c's predicted time is less than any measured");
    var candidate = advice.advisedCandidate().orElseThrow();
    assertTrue(candidate.traffic().transferMeasured());
    assertEquals(7_000_000, candidate.traffic().transferNs().value());
    assertFalse(advice.candidates().getLast().traffic().transferMeasured());
    Advice slower = advise(new Limits(900_000_000, 0.9, MIB), Prefer.TIME);
    assertEquals("a", slower.advised());
    assertFalse(
        slower.advisedCandidate().orElseThrow().traffic().transferMeasured(), "another link");
  }

  /** Predictions of short transfers are not good to a tenth of a millisecond. */
  @Test
  void shortTransfersAreAllInQuestion() throws IOException {
    method("none", 0, new long[] {409_600, 409_600}, new long[] {10_000, 10_000});
    method("a", MIB, new long[] {2000, 2000}, new long[] {10_000, 10_000});
    method("b", MIB, new long[] {2000, 2000}, new long[] {100_000, 100_000});
    method("c", MIB, new long[] {2000, 2000}, new long[] {120_000, 120_000});
    Advice advice = advise(new Limits(10_000_000_000L, 0.9, MIB), Prefer.TIME);
    assertEquals(List.of("a", "b"), Adviser.finalists(advice));
  }

  @Test
  void saysWhatExcludesAndWhatIsNearest() throws IOException {
    threeMethods();
    Advice advice = advise(new Limits(10_000_000, 0.25, MIB / 2), Prefer.TRAFFIC);
    assertNull(advice.advised());
    assertFalse(advice.stretchesAgree());
    assertEquals("small", advice.nearest().method());
    assertEquals(1.4, advice.nearest().exceeds().get(Limit.CPU), 1e-12);
    assertEquals(2.0, advice.nearest().exceeds().get(Limit.MEMORY), 1e-12);
    var json = new ObjectMapper().readTree(AdviceFiles.json(advice));
    assertTrue(json.get("advised").isNull());
    assertEquals(10_000_000, json.at("/limits/link_bits_per_second").asLong());
    assertEquals("small", json.at("/candidates/1/method").asText());
    assertEquals(2.0, json.at("/candidates/1/exceeds/MEMORY").asDouble());
  }

  /** A stretch that leads elsewhere must show. */
  @Test
  void isNotSureWhereStretchesDisagree() throws IOException {
    method("none", 0, new long[] {409_600, 409_600}, new long[] {10_000, 10_000});
    method("early", MIB, new long[] {10_000, 90_000}, new long[] {100_000, 100_000});
    method("late", MIB, new long[] {90_000, 20_000}, new long[] {100_000, 100_000});
    Advice advice = advise(new Limits(1_000_000_000, 0.9, MIB), Prefer.TRAFFIC);
    assertEquals("early", advice.advised());
    assertEquals(List.of("early", "late"), advice.choices());
    assertFalse(advice.stretchesAgree());
  }

  @Test
  void findsTheCacheThatSuffices() throws IOException {
    threeMethods();
    DeltaCache cache = advise(new Limits(1_000_000_000, 1, MIB), Prefer.TIME).cache();
    assertEquals(new DeltaCache(3, 0.305, 0.3), cache);
    assertEquals(new DeltaCache(0, 0, 0), DeltaCache.of(List.of()));
  }

  @Test
  void refusesWhatIsNoSample() {
    var limits = new Limits(1, 1, 1);
    String message =
        assertThrows(IOException.class, () -> Adviser.read(directory, limits, Prefer.TIME))
            .getMessage();
    assertTrue(message.contains("not a sample"), message);
    assertThrows(IllegalArgumentException.class, () -> new Limits(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Limits(1, Double.NaN, 1));
  }

  @Test
  void writesFigures() throws IOException {
    threeMethods();
    Path out = directory.resolve("out");
    AdviceFiles.write(
        advise(new Limits(100_000_000, 0.9, 4 * MIB), Prefer.TRAFFIC),
        directory,
        out,
        Width.SINGLE);
    for (String file : List.of("figures/pareto.svg", "figures/miss-ratio.png", "advice.json")) {
      assertTrue(Files.size(out.resolve(file)) > 500, file);
    }
    assertTrue(Files.readString(out.resolve("advice.csv")).startsWith("method,wire_traffic_red"));
  }

  private static List<String> methods(Advice advice) {
    return advice.candidates().stream().map(Advice.Candidate::method).toList();
  }
}
