package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import emulha.metrics.ChangedBytesRow;
import emulha.metrics.CheckpointSizeRow;
import emulha.metrics.DuplicateRow;
import emulha.metrics.EntropyRow;
import emulha.metrics.MissRatioRow;
import emulha.metrics.columns.RowReader;
import emulha.traces.Interval;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import emulha.traces.imports.FlatImport;
import emulha.traces.views.MergedSeries;
import emulha.traces.views.SlicedSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Statistics of real recordings against counts made from their plain files by other programs:
 * changed bytes, sizes, entropy and caches by a NumPy script, duplicate chunks from the byte counts
 * of an independent implementation of similarity compression.
 */
final class CharacterisationTest {
  @TempDir private Path directory;

  private static Path redis() {
    return Path.of(System.getProperty("emulha.root"), "traces", "samples", "redis-25ms.tar.zst");
  }

  private <R extends Record> List<R> rows(String name, Class<R> type) throws IOException {
    return RowReader.all(directory.resolve("stats").resolve(name), type);
  }

  private static <R> long sum(List<R> rows, ToLongFunction<R> column) {
    return rows.stream().mapToLong(column).sum();
  }

  private static long[] histogram(List<ChangedBytesRow> rows) {
    return new long[] {
      sum(rows, row -> row.few().changedTo1()),
      sum(rows, row -> row.few().changedTo2()),
      sum(rows, row -> row.few().changedTo4()),
      sum(rows, row -> row.few().changedTo8()),
      sum(rows, row -> row.few().changedTo16()),
      sum(rows, row -> row.few().changedTo32()),
      sum(rows, row -> row.few().changedTo64()),
      sum(rows, row -> row.many().changedTo128()),
      sum(rows, row -> row.many().changedTo256()),
      sum(rows, row -> row.many().changedTo512()),
      sum(rows, row -> row.many().changedTo1024()),
      sum(rows, row -> row.many().changedTo2048()),
      sum(rows, row -> row.many().changedTo4096())
    };
  }

  private void assertHistogram(long... expected) throws IOException {
    assertEquals(
        Arrays.toString(expected),
        Arrays.toString(histogram(rows("changed_bytes.csv", ChangedBytesRow.class))));
  }

  private void assertDuplicates(int chunkBytes, long chunks, long duplicates) throws IOException {
    List<DuplicateRow> rows =
        rows("duplicates.csv", DuplicateRow.class).stream()
            .filter(row -> row.chunkBytes() == chunkBytes)
            .toList();
    assertEquals(chunks, sum(rows, r -> r.all().chunks()));
    assertEquals(duplicates, sum(rows, r -> r.all().duplicateChunksIntra()));
    assertEquals(duplicates, sum(rows, r -> r.all().duplicateChunksAlone()));
    assertEquals(duplicates, sum(rows, r -> r.all().duplicateChunksLast()));
    assertEquals(0, sum(rows, r -> r.all().duplicateChunksInter()));
  }

  @Test
  void redisSample() throws IOException {
    Characterisation.write(List.of(Series.at(redis())), directory.resolve("stats"));
    List<ChangedBytesRow> changed = rows("changed_bytes.csv", ChangedBytesRow.class);
    assertEquals(60, changed.size());
    assertHistogram(916, 651, 1295, 3157, 2028, 1389, 1003, 707, 833, 341, 238, 220, 332);
    assertEquals(17_109, sum(changed, row -> row.written().writtenPages()));
    assertEquals(3_999, sum(changed, row -> row.written().silentPages()));
    assertEquals(244, sum(changed, row -> row.written().zeroWrittenPages()));
    assertEquals(2_193_205, sum(changed, row -> row.totals().dirtyBytes()));
    assertEquals(1_540_648, sum(changed, row -> row.totals().wholeWordBytes()));
    assertEquals(3_293_952, sum(changed, row -> row.totals().touchedWordBytes()));
    assertTrue(
        changed.stream().allMatch(row -> row.untouched().zeroPages() == null),
        "the base is reduced");
    assertTrue(changed.stream().allMatch(row -> row.series().origin().equals("recording")));

    assertDuplicates(256, 273_744, 83_746);
    assertDuplicates(1024, 68_436, 13_420);
    assertDuplicates(4096, 17_109, 574);

    long[][] cachesHitsEvictions = {
      {1, 0, 17_108},
      {16, 0, 17_093},
      {100, 0, 17_009},
      {256, 4_500, 12_353},
      {500, 15_591, 1_018},
      {800, 15_873, 436},
      {1000, 15_929, 180},
      {1171, 15_938, 0}
    };
    List<MissRatioRow> misses = rows("miss_ratio.csv", MissRatioRow.class);
    assertEquals(1_171, misses.size());
    for (long[] expected : cachesHitsEvictions) {
      MissRatioRow row = misses.get((int) expected[0] - 1);
      assertEquals(expected[0], row.cachePages());
      assertEquals(expected[1], row.hits(), expected[0] + " pages");
      assertEquals(expected[2], row.evictions(), expected[0] + " pages");
      assertEquals(17_109, row.hits() + row.misses());
    }

    List<CheckpointSizeRow> sizes = rows("checkpoint_sizes.csv", CheckpointSizeRow.class);
    assertEquals(
        List.of(25L, 50L, 100L, 1000L), sizes.stream().map(r -> r.series().intervalMs()).toList());
    assertEquals(
        List.of(17_109L, 10_185L, 6_251L, 930L), sizes.stream().map(r -> r.dirtyPages()).toList());
    assertEquals(3_382_121L, rows("entropy.csv", EntropyRow.class).getFirst().entropyMicrobits());
  }

  /** Merging windows in one reading must give what characterising the merged series gives. */
  @Test
  void sizesEqualThoseOfMergedSeries() throws IOException {
    Series series = Series.at(redis());
    Characterisation.write(List.of(series), directory.resolve("stats"));
    for (CheckpointSizeRow row : rows("checkpoint_sizes.csv", CheckpointSizeRow.class)) {
      Path merged = directory.resolve("merged-" + row.series().intervalMs());
      Characterisation.write(
          List.of(
              MergedSeries.atInterval(series, Interval.ofMilliseconds(row.series().intervalMs()))),
          merged);
      assertEquals(
          row,
          RowReader.all(merged.resolve("checkpoint_sizes.csv"), CheckpointSizeRow.class)
              .getFirst());
    }
  }

  private record Renamed(Series series, String name) implements Series {
    @Override
    public SeriesInfo info() {
      return new SeriesInfo(name, series.info().description(), series.info().checkpoints());
    }

    @Override
    public SeriesCursor open() throws IOException {
      return series.open();
    }
  }

  /** A series beside itself is all inter-VM duplicates; one that has ended has no part in it. */
  @Test
  void severalVmsSideBySide() throws IOException {
    Series series = SlicedSeries.of(Series.at(redis()), 0, 15);
    Characterisation.write(
        List.of(series, new Renamed(SlicedSeries.of(series, 0, 10), "other")),
        directory.resolve("stats"));
    List<DuplicateRow> rows =
        rows("duplicates.csv", DuplicateRow.class).stream()
            .filter(row -> row.chunkBytes() == 1024)
            .toList();
    assertEquals(30, rows.size());
    for (int n = 0; n < 15; n++) {
      DuplicateRow first = rows.get(2 * n);
      DuplicateRow second = rows.get(2 * n + 1);
      assertEquals(n < 10 ? first.all().chunks() : 0, second.all().chunks());
      assertEquals(second.all().chunks(), second.all().duplicateChunksInter());
      assertEquals(
          n < 10 ? first.all().chunks() : first.all().duplicateChunksAlone(),
          first.all().duplicateChunksLast());
    }
    assertEquals(25, rows("changed_bytes.csv", ChangedBytesRow.class).size());
  }

  /** Results of an earlier run must not be overwritten, nor mixed with those of this one. */
  @Test
  void refusesDirectoryWithResults() throws IOException {
    Path stats = directory.resolve("stats");
    Series one = SlicedSeries.of(Series.at(redis()), 0, 1);
    Characterisation.write(List.of(one), stats);
    byte[] before = Files.readAllBytes(stats.resolve("changed_bytes.csv"));
    assertThrows(IOException.class, () -> Characterisation.write(List.of(one), stats));
    assertEquals(before.length, Files.size(stats.resolve("changed_bytes.csv")));
    try (var files = Files.list(stats)) {
      assertFalse(files.anyMatch(file -> file.toString().endsWith(".partial")));
    }
  }

  /** Two series of one name would become one in every figure. */
  @Test
  void refusesOneNameTwice() throws IOException {
    Series series = Series.at(redis());
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Characterisation.write(List.of(series, series), directory.resolve("stats")));
    assertTrue(e.getMessage().contains("two series are called redis-25ms"), e.getMessage());
  }

  /** Checkpoints of different intervals are not taken at the same times. */
  @Test
  void refusesDifferentIntervals() throws IOException {
    Series series = Series.at(redis());
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Characterisation.write(
                    List.of(series, new Renamed(new MergedSeries(series, 2), "merged")),
                    directory.resolve("stats")));
    assertTrue(e.getMessage().contains("25 ms"), e.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> Characterisation.write(List.of(), directory));
  }

  /** The whole recording, where it is at hand: its base holds all of RAM. */
  @Test
  void ffmpegRecording() throws IOException {
    String recordings = System.getenv("EMULHA_RECORDINGS");
    assumeTrue(recordings != null, "EMULHA_RECORDINGS names no directory of recordings");
    Path series = directory.resolve("ffmpeg");
    FlatImport.run(Path.of(recordings, "ffmpeg-100ms"), series, Progress.NONE);
    Characterisation.write(List.of(Series.at(series)), directory.resolve("stats"));
    List<ChangedBytesRow> changed = rows("changed_bytes.csv", ChangedBytesRow.class);
    assertHistogram(337, 361, 706, 749, 787, 1181, 1396, 1357, 1983, 3388, 5316, 6443, 1831);
    assertEquals(20_671, changed.getLast().untouched().zeroPages());
    assertEquals(20_207_371, sum(changed, row -> row.totals().dirtyBytes()));
    assertEquals(12_297_160, sum(changed, row -> row.totals().wholeWordBytes()));
    assertEquals(26_403_384, sum(changed, row -> row.totals().touchedWordBytes()));
    assertDuplicates(256, 449_088, 157_338);
    assertDuplicates(1024, 112_272, 22_725);
    assertDuplicates(4096, 28_068, 946);
    assertEquals(2_516, rows("miss_ratio.csv", MissRatioRow.class).size());
  }
}
