package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.CheckpointRow;
import emulha.metrics.columns.RowReader;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One run, shown in four places. Two definitions once stood under one name, 24.45 % in the table
 * and 25.56 % in the figure, and whoever quoted one was refuted by the other.
 */
final class TrafficReductionTest {
  private static final int RAM_PAGES = 64;
  private static final String METHOD = "gzip:level=6";

  /** A comma with as many quotes behind it as close. */
  private static final String OUTSIDE_QUOTES = ",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)";

  @TempDir Path directory;

  /** A small checkpoint that compresses well, and a large one of random bytes. */
  private Path series() throws IOException {
    var description =
        new SeriesDescription(
            "vm",
            "made-up",
            10_000_000,
            new SeriesDescription.Memory(RAM_PAGES * 4096L, RAM_PAGES),
            new SeriesDescription.Origin("construction", true, Map.of(), Map.of()),
            Clock.HOST);
    var random = new Random(24);
    var pages = new DirtyPages();
    Path series = directory.resolve("small");
    try (var writer = SeriesWriter.create(series, description)) {
      byte[] page = new byte[Page.BYTES];
      for (int pfn = 0; pfn < RAM_PAGES; pfn++) {
        pages.append(pfn, page, 0);
      }
      writer.writeBase(pages);
      for (int size : new int[] {1, 60}) {
        pages.clear();
        for (int pfn = 0; pfn < size; pfn++) {
          random.nextBytes(page);
          if (size == 1) {
            Arrays.fill(page, (byte) 7);
          }
          pages.append(pfn, page, 0);
        }
        writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      }
      writer.finish();
    }
    return series;
  }

  private static String run(String... args) {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertEquals(0, new Main(stream, stream).run(args), () -> out.toString(StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }

  private static double cell(Path csv, String column) throws IOException {
    List<String> lines = Files.readAllLines(csv);
    int at = List.of(lines.get(0).split(",")).indexOf(column);
    assertTrue(at >= 0, csv + " has no " + column);
    assertEquals(2, lines.size());
    return Double.parseDouble(lines.get(1).split(OUTSIDE_QUOTES, -1)[at]);
  }

  @Test
  void tableFigureSummaryAndComparisonAgree() throws IOException {
    Path out = directory.resolve("run");
    String table =
        run(
            "reduce",
            "--trace",
            series().toString(),
            "--method",
            METHOD,
            "--base",
            "skip",
            "--out",
            out.toString());
    Path figures = directory.resolve("figures");
    run("figures", "--in", out.toString(), "--out", figures.toString());

    long raw = 0;
    long payload = 0;
    double ofEach = 0;
    List<CheckpointRow> rows =
        RowReader.all(out.resolve("checkpoints.csv"), CheckpointRow.class).stream()
            .filter(row -> !row.key().number().full())
            .toList();
    for (CheckpointRow row : rows) {
      raw += row.traffic().rawBytes();
      payload += row.traffic().payloadBytes();
      ofEach +=
          (1 - (double) row.traffic().payloadBytes() / row.traffic().rawBytes()) / rows.size();
    }
    double expected = 1 - (double) payload / raw;
    assertTrue(Math.abs(ofEach - expected) > 0.2, "here the definitions must differ");

    assertEquals(expected, cell(figures.resolve("summary.csv"), "traffic_reduction"), 1e-15);
    assertEquals(
        expected, cell(figures.resolve("traffic-reduction.csv"), "traffic_reduction"), 1e-15);
    assertEquals(
        100 * expected, cell(figures.resolve("traffic-reduction-plot.csv"), "value"), 1e-12);
    assertTrue(table.contains("traffic reduction %"), table);
    assertTrue(table.contains(String.format(Locale.ROOT, " %.2f", 100 * expected)), table);
    assertTrue(
        Files.readString(figures.resolve("traffic-reduction.txt")).contains("summed over"),
        "the caption says which");
    assertTrue(
        Files.readString(figures.resolve("traffic-reduction.svg")).contains(">traffic reduction"));
  }
}
