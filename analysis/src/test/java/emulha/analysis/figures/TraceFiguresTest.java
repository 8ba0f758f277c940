package emulha.analysis.figures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.analysis.drawing.Width;
import emulha.metrics.BitmapScanRow;
import emulha.metrics.ChangedBytesRow;
import emulha.metrics.CheckpointSizeRow;
import emulha.metrics.DuplicateRow;
import emulha.metrics.EntropyRow;
import emulha.metrics.MissRatioRow;
import emulha.metrics.SeriesKey;
import emulha.metrics.SizeFitRow;
import emulha.metrics.SpectrumRow;
import emulha.metrics.WorkingSetRow;
import emulha.metrics.WriteRateRow;
import emulha.metrics.columns.RowWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

final class TraceFiguresTest {
  @TempDir Path directory;

  private <R extends Record> void write(String name, Class<R> type, List<R> rows)
      throws IOException {
    try (var writer = RowWriter.open(directory.resolve("in").resolve(name), type)) {
      for (R row : rows) {
        writer.write(row);
      }
      writer.commit();
    }
  }

  /** FITDOC's column "underload"; {@code dirtyBytes} apart, to make several checkpoints. */
  private static ChangedBytesRow underload(long checkpoint, long dirtyBytes) {
    return new ChangedBytesRow(
        new SeriesKey("u", "vm1", "underload", "recording", 180_000_000_000L),
        checkpoint,
        new ChangedBytesRow.Untouched(1303L, 261_342),
        new ChangedBytesRow.Few(23, 22, 18, 59, 60, 76, 41),
        new ChangedBytesRow.Many(37, 33, 85, 26, 1, 1),
        new ChangedBytesRow.Totals(
            482, 261_824, dirtyBytes, 40_888, 90_000, 1_974_272, 1_072_431_104),
        new ChangedBytesRow.Rates(1841, 34_271L, 63, 604_316L),
        new ChangedBytesRow.Written(500, 18, 5));
  }

  /** The paper's own counts must come out as the paper's own table, row by row. */
  @Test
  void tableOneIsThePapers() {
    Table table =
        TraceFigures.tableOne(
            List.of(underload(0, 10), underload(1, 67_660), underload(2, 1_000_000)));
    List<String> expected =
        List.of(
            "1303",
            "261342",
            "23",
            "22",
            "18",
            "59",
            "60",
            "76",
            "41",
            "37",
            "33",
            "85",
            "26",
            "1",
            "1",
            "482",
            "261824",
            "67660",
            "40888",
            "1974272",
            "1072431104",
            "0.18%",
            "3.43%",
            "0.01%",
            "60.43%");
    assertEquals(expected, table.stringColumn("u").asList());
    assertEquals("zero pages", table.stringColumn("row").get(0));
    assertEquals("(0,1]", table.stringColumn("row").get(2));
    assertEquals("(2048,4096]", table.stringColumn("row").get(14));
  }

  /** What is not there is not drawn, and not an error: fits and scans have files of their own. */
  @Test
  void drawsOnlyWhatIsThere() throws IOException {
    Files.createDirectories(directory.resolve("in"));
    assertEquals(List.of(), draw());
    write(
        "size_fit.csv",
        SizeFitRow.class,
        List.of(
            new SizeFitRow("p", "W", 25, 1_000_000, 1_010_000, 10_000, 0),
            new SizeFitRow("p", "W", 50, 1_500_000, 1_490_000, -6667, 0)));
    write(
        "spectrum.csv",
        SpectrumRow.class,
        List.of(
            new SpectrumRow("p", "W", 40_000_000, 100), new SpectrumRow("p", "W", 0, 1_000_000)));
    assertEquals(List.of("size-fit"), draw());
    List<String> numbers = lines("size-fit");
    assertEquals("series,interval_ms,megabytes", numbers.getFirst());
    assertTrue(numbers.contains("W,50.0,1.5"), numbers.toString());
    // 100 pages written 40 times a second: 100 (1 - 1/e) of them in 25 ms, 100 (1 - 1/e^2) in 50.
    List<String> fitted = numbers.stream().filter(line -> line.contains("fitted")).toList();
    assertTrue(fitted.getFirst().startsWith("\"W, fitted\",25.0,0.2589"), fitted.getFirst());
    assertTrue(fitted.getLast().startsWith("\"W, fitted\",50.0,0.3541"), fitted.getLast());
  }

  private List<String> draw() throws IOException {
    return TraceFigures.draw(directory.resolve("in"), directory.resolve("out"), Width.SINGLE);
  }

  /** The numbers of a figure of duplicates were written over the duplicates that they are of. */
  @Test
  void replacesNoResults() throws IOException {
    var row =
        new DuplicateRow(
            new SeriesKey("a", "vm1", "w", "recording", 25_000_000L),
            0,
            256,
            new DuplicateRow.Chunks(100, 20, 0, 20, 50),
            new DuplicateRow.Zeros(0, 0, 0));
    write("duplicates.csv", DuplicateRow.class, List.of(row));
    Path in = directory.resolve("in");
    byte[] results = Files.readAllBytes(in.resolve("duplicates.csv"));
    var e = assertThrows(IOException.class, () -> TraceFigures.draw(in, in, Width.SINGLE));
    assertTrue(e.getMessage().contains("choose another directory"), e.getMessage());
    assertArrayEquals(results, Files.readAllBytes(in.resolve("duplicates.csv")));
    assertEquals(List.of("duplicates"), draw());
    assertEquals(List.of("duplicates"), draw(), "a figure's own numbers are replaced");
  }

  /** The numbers behind each figure, from rows small enough to check by hand. */
  @Test
  void numbersBehindTheFigures() throws IOException {
    write(
        "changed_bytes.csv",
        ChangedBytesRow.class,
        List.of(underload(0, 67_660), underload(1, 67_660)));
    write(
        "checkpoint_sizes.csv",
        CheckpointSizeRow.class,
        List.of(
            new CheckpointSizeRow(
                new SeriesKey("u", "vm1", "w", "synthetic", 25_000_000L), 4, 1000, 1_024_000),
            new CheckpointSizeRow(
                new SeriesKey("u", "vm1", "w", "synthetic", 50_000_000L), 2, 800, 1_638_400)));
    write(
        "duplicates.csv",
        DuplicateRow.class,
        List.of(
            new DuplicateRow(
                new SeriesKey("a", "vm1", "w", "recording", 25_000_000L),
                0,
                256,
                new DuplicateRow.Chunks(100, 20, 0, 20, 50),
                new DuplicateRow.Zeros(0, 0, 0)),
            new DuplicateRow(
                new SeriesKey("b", "vm2", "w", "recording", 25_000_000L),
                0,
                256,
                new DuplicateRow.Chunks(200, 10, 30, 30, 60),
                new DuplicateRow.Zeros(0, 0, 0))));
    write(
        "write_rates.csv",
        WriteRateRow.class,
        List.of(
            new WriteRateRow(new SeriesKey("u", "vm1", "w", "recording", 25_000_000L), 40, 1, 300),
            new WriteRateRow(new SeriesKey("u", "vm1", "w", "recording", 25_000_000L), 40, 40, 5)));
    write(
        "working_set.csv",
        WorkingSetRow.class,
        List.of(
            new WorkingSetRow(
                new SeriesKey("u", "vm1", "w", "recording", 25_000_000L), 1, 2, 2000, 900),
            new WorkingSetRow(
                new SeriesKey("u", "vm1", "w", "recording", 25_000_000L), 2, 1, 1500, 1500)));
    List<MissRatioRow> misses = new ArrayList<>();
    for (int size = 1; size <= 5000; size++) {
      misses.add(
          new MissRatioRow(
              new SeriesKey("u", "vm1", "w", "recording", 25_000_000L),
              size,
              10_000,
              size,
              10_000 - size,
              0));
    }
    write("miss_ratio.csv", MissRatioRow.class, misses);
    write(
        "entropy.csv",
        EntropyRow.class,
        List.of(
            new EntropyRow(
                new SeriesKey("u", "vm1", "w", "recording", 25_000_000L),
                0,
                10,
                5_000_000L,
                2_000_000L),
            new EntropyRow(
                new SeriesKey("u", "vm1", "w", "recording", 25_000_000L), 1, 0, null, null),
            new EntropyRow(
                new SeriesKey("u", "vm1", "w", "recording", 25_000_000L),
                2,
                10,
                6_000_000L,
                4_000_000L)));
    write(
        "bitmap_scan.csv",
        BitmapScanRow.class,
        List.of(
            new BitmapScanRow(1 << 29, 1L << 32, 100, "bit", 5, 9000, 8000, 1_000_000),
            new BitmapScanRow(1 << 29, 1L << 32, 100, "flags", 5, 900, 800, 100_000),
            new BitmapScanRow(1 << 29, 1L << 32, 100, "word", 5, 90, 80, 10_000)));
    assertEquals(
        List.of(
            "checkpoint-sizes",
            "changed-bytes",
            "written-pages",
            "entropy",
            "duplicates",
            "write-rates",
            "working-set",
            "miss-ratio",
            "bitmap-scan-512mib"),
        draw());
    assertTrue(lines("checkpoint-sizes").contains("u (synthetic),50.0,1.6384"));
    assertEquals(List.of("what,u", "silent writes,3.6", "zero pages,1.0"), lines("written-pages"));
    assertEquals(
        List.of("what,u", "a checkpoint's bytes,5.5", "a page's bytes,3.0"), lines("entropy"));
    assertTrue(lines("changed-bytes").contains("\"(0,1]\",46.0"));
    assertEquals(
        List.of(
            "chunk_bytes,a,\"a, with the others\",b,\"b, with the others\"",
            "256.0,0.2,0.5,0.15,0.3"),
        lines("duplicates"));
    assertEquals(
        List.of("series,dirty_checkpoints_per_second,pages", "u,1.0,305.0", "u,40.0,5.0"),
        lines("write-rates"));
    assertTrue(lines("working-set").contains("u,0.025,4.096"));
    List<String> curve = lines("miss-ratio");
    assertTrue(curve.contains("u,0.00390625,99.99"), "the smallest cache");
    assertTrue(curve.contains("u,19.53125,50.0"), "the largest cache");
    assertTrue(curve.size() < 410, "as many points as can be seen");
    assertEquals("word,0.0762939453125,0.09", lines("bitmap-scan-512mib").getLast());
    assertTrue(lines("fitdoc-table-1").contains("dirty page rate,0.18%"));
    assertTrue(Files.size(directory.resolve("out").resolve("miss-ratio.pdf")) > 0);
  }

  private List<String> lines(String name) throws IOException {
    return Files.readAllLines(directory.resolve("out").resolve(name + ".csv"));
  }
}
