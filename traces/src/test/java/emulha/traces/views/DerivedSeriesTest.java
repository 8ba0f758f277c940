package emulha.traces.views;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesPacker;
import emulha.traces.SeriesVerifier;
import emulha.traces.SeriesWriter;
import emulha.traces.SystemTools;
import emulha.traces.TestSeries;
import emulha.traces.exports.SeriesImage;
import emulha.traces.stats.SeriesSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerivedSeriesTest {
  @TempDir Path directory;

  private Series series(int ramPages, int checkpoints, long seed) throws IOException {
    Path path = directory.resolve("series-" + seed);
    TestSeries.write(path, ramPages, checkpoints, seed);
    return Series.at(path);
  }

  // If merging kept an older content or lost a page, every coarser interval would be wrong.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7, 11})
  void mergedSeriesLeadsToTheSameImages(int every) throws IOException {
    var fine = series(60, 11, 21);
    var merged = new MergedSeries(fine, every);
    assertEquals(11 / every, merged.info().checkpoints());
    assertEquals(25_000_000L * every, merged.info().intervalNs());
    assertEquals(11 % every, merged.leftOut());
    for (int n = 0; n <= 11 / every; n++) {
      assertArrayEquals(TestSeries.imageAfter(fine, n * every), TestSeries.imageAfter(merged, n));
    }
  }

  // A page missing from the union or in it twice changes the counts that are published.
  @Test
  void mergedCheckpointIsTheUnionOfItsParts() throws IOException {
    var fine = series(60, 7, 22);
    var merged = new MergedSeries(fine, 3);
    try (var parts = fine.open();
        var whole = merged.open()) {
      var pages = new DirtyPages();
      for (int n = 0; n < 2; n++) {
        var expected = new TreeSet<Long>();
        byte[] lastFree = null;
        for (int i = 0; i < 3; i++) {
          assertTrue(parts.nextCheckpoint(pages));
          for (int j = 0; j < pages.count(); j++) {
            expected.add(pages.pfn(j));
          }
          lastFree = pages.freeMap() == null ? null : pages.freeMap().bits();
        }
        assertTrue(whole.nextCheckpoint(pages));
        var found = new TreeSet<Long>();
        for (int j = 0; j < pages.count(); j++) {
          assertTrue(found.add(pages.pfn(j)));
        }
        assertEquals(expected, found);
        assertArrayEquals(lastFree, pages.freeMap() == null ? null : pages.freeMap().bits());
        assertEquals(n, whole.last().sequence());
        assertEquals(parts.last().guestTimeNs(), whole.last().guestTimeNs());
        assertArrayEquals(parts.last().state(), whole.last().state());
      }
      assertFalse(whole.nextCheckpoint(pages));
    }
  }

  @Test
  void refusesIntervalsThatAreNoMultiple() throws IOException {
    var fine = series(10, 4, 23);
    assertSame(fine, MergedSeries.atInterval(fine, 25_000_000));
    assertEquals(2, MergedSeries.atInterval(fine, 50_000_000).info().checkpoints());
    for (long interval :
        new long[] {
          0, -25_000_000, 24_000_000, 25_000_001, 60_000_000, 125_000_000, Long.MAX_VALUE / 25 * 25
        }) {
      assertThrows(
          IllegalArgumentException.class,
          () -> MergedSeries.atInterval(fine, interval),
          () -> interval + " ns");
    }
  }

  // A written merge, trim or slice must be a series like any other.
  @Test
  void writtenViewsEqualTheViews() throws IOException {
    var fine = series(60, 9, 24);
    int i = 0;
    for (Series view :
        new Series[] {
          fine,
          new MergedSeries(fine, 2),
          SlicedSeries.of(fine, 2, 7),
          TrimmedSeries.of(fine, Progress.NONE),
          TrimmedSeries.of(SlicedSeries.of(new MergedSeries(fine, 2), 1, 3), Progress.NONE)
        }) {
      Path path = directory.resolve("view-" + i++);
      SeriesCopy.run(view, path, Progress.NONE);
      assertEquals(TestSeries.dump(view), TestSeries.dump(Series.at(path)));
      SeriesVerifier.verify(path, Progress.NONE);
    }
  }

  // Checkpoints of a slice are deltas to its base: a base not advanced would corrupt the images.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 8})
  void slicedSeriesBeginsAtItsImage(int from) throws IOException {
    var whole = series(60, 9, 25);
    for (Series source : new Series[] {whole, TrimmedSeries.of(whole, Progress.NONE)}) {
      var slice = SlicedSeries.of(source, from, 9);
      for (int n = 0; n <= 9 - from; n++) {
        assertArrayEquals(TestSeries.imageAfter(source, from + n), TestSeries.imageAfter(slice, n));
      }
      try (var cursor = slice.open()) {
        assertTrue(cursor.nextCheckpoint(new DirtyPages()));
        assertEquals(0, cursor.last().sequence());
        assertEquals(25_000_000, cursor.last().guestTimeNs());
      }
    }
  }

  @Test
  void sliceOfATrimmedSeriesKnowsItsBase() throws IOException {
    // A base without pages: all that the slice's base holds was written before it.
    Path path = directory.resolve("bare");
    try (var writer = SeriesWriter.create(path, TestSeries.description(10, 0, 25))) {
      var pages = new DirtyPages();
      for (int n = 0; n < 4; n++) {
        pages.clear();
        pages.append(n, new byte[4096], 0);
        writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      }
      writer.finish();
    }
    var slice = SlicedSeries.of(Series.at(path), 2, 4);
    assertEquals(2, slice.info().basePages());
    SeriesCopy.run(slice, directory.resolve("slice"), Progress.NONE);
    for (int[] bounds : new int[][] {{-1, 2}, {2, 2}, {3, 5}, {4, 5}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> SlicedSeries.of(Series.at(path), bounds[0], bounds[1]));
    }
  }

  // Trimming may drop only what no checkpoint writes.
  @Test
  void trimmedBaseHoldsExactlyTheTouchedPages() throws IOException {
    Path path = directory.resolve("sparse");
    try (var writer = SeriesWriter.create(path, TestSeries.description(100, 100, 25))) {
      var pages = new DirtyPages();
      byte[] page = new byte[4096];
      for (int pfn = 0; pfn < 100; pfn++) {
        Arrays.fill(page, (byte) pfn);
        pages.append(pfn, page, 0);
      }
      writer.writeBase(pages);
      for (int n = 0; n < 3; n++) {
        pages.clear();
        pages.append(10 + n, page, 0);
        pages.append(90, page, 0);
        writer.writeCheckpoint(pages, n, null);
      }
      writer.finish();
    }
    var trimmed = TrimmedSeries.of(Series.at(path), Progress.NONE);
    assertEquals(4, trimmed.info().basePages());
    assertFalse(trimmed.info().description().baseFull());
    try (var cursor = trimmed.open()) {
      var pages = new DirtyPages();
      assertTrue(cursor.nextBase(3, pages));
      assertEquals(3, pages.count());
      assertEquals(12, pages.pfn(2));
      assertEquals(12, pages.slab(2)[pages.offset(2)]);
      assertTrue(cursor.nextBase(3, pages));
      assertEquals(1, pages.count());
      assertEquals(90, pages.pfn(0));
      assertFalse(cursor.nextBase(3, pages));
    }
  }

  // The image is what a fail-over is compared with.
  @Test
  void writesTheImageAfterACheckpoint() throws IOException {
    var series = series(60, 5, 26);
    for (int n : new int[] {0, 3, 5}) {
      Path file = directory.resolve("image-" + n);
      SeriesImage.write(series, n, file, Progress.NONE);
      assertArrayEquals(TestSeries.imageAfter(series, n), Files.readAllBytes(file));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> SeriesImage.write(series, 6, directory.resolve("none"), Progress.NONE));
    assertFalse(Files.exists(directory.resolve("none")));
  }

  // An archive that differed from run to run could not be checked by its digest.
  @Test
  void packsTheSameBytesAndUnpacksTheSameFiles() throws Exception {
    series(60, 5, 27);
    Path path = directory.resolve("series-27");
    Path archive = directory.resolve("a.tar.zst");
    SeriesPacker.pack(path, archive, 5, Progress.NONE);
    SeriesPacker.pack(path, directory.resolve("b.tar.zst"), 5, Progress.NONE);
    assertEquals(-1, Files.mismatch(archive, directory.resolve("b.tar.zst")));
    SeriesPacker.unpack(archive, directory.resolve("unpacked"), Progress.NONE);
    for (String name : new String[] {"series.json", "series.json.sha256", "base.ckpt"}) {
      assertEquals(
          -1, Files.mismatch(path.resolve(name), directory.resolve("unpacked").resolve(name)));
    }
    assertEquals(
        TestSeries.dump(Series.at(path)),
        TestSeries.dump(Series.at(directory.resolve("unpacked"))));
    assertThrows(
        IllegalArgumentException.class, () -> SeriesPacker.pack(path, archive, 5, Progress.NONE));

    SystemTools.require("sh", "tar", "zstd");
    Files.createDirectory(directory.resolve("by-tar"));
    SystemTools.run(directory, "sh", "-c", "zstd -q -d --long=31 < a.tar.zst | tar -x -C by-tar");
    SeriesVerifier.verify(directory.resolve("by-tar"), Progress.NONE);
  }

  @Test
  void summarises() throws IOException {
    var summary = SeriesSummary.of(series(60, 5, 28), Progress.NONE);
    assertNotNull(summary);
    assertEquals(3, summary.states());
    assertEquals(3, summary.freeMaps());
    assertTrue(summary.smallestPages() <= summary.largestPages());
  }

  private static void use(Map<Long, byte[]> cache, DirtyPages pages, int size) {
    for (int i = 0; i < pages.count(); i++) {
      byte[] content =
          Arrays.copyOfRange(pages.slab(i), pages.offset(i), pages.offset(i) + Page.BYTES);
      cache.remove(pages.pfn(i));
      cache.put(pages.pfn(i), content);
      if (cache.size() > size) {
        cache.remove(cache.keySet().iterator().next());
      }
    }
  }

  // A cache colder or warmer than in the recording would make advice on delta methods wrong.
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 20, 60})
  void sampledSeriesHasTheCachesAndImagesOfTheWhole(int cacheSize) throws IOException {
    var whole = series(60, 30, 27);
    var stretches = SampledSeries.spread(30, 4);
    assertEquals("[0-3, 13-16, 26-29]", stretches.toString());
    var sampled = SampledSeries.of(whole, stretches);
    assertEquals(30, sampled.info().checkpoints());
    var cache = new LinkedHashMap<Long, byte[]>();
    var sampledCache = new LinkedHashMap<Long, byte[]>();
    int sampledPages = 0;
    int wholePages = 0;
    try (var one = whole.open();
        var other = sampled.open()) {
      var pages = new DirtyPages();
      for (int n = 0; n < 30; n++) {
        int number = n;
        boolean inStretch = stretches.stream().anyMatch(stretch -> stretch.contains(number));
        if (inStretch) {
          assertEquals(List.copyOf(cache.keySet()), List.copyOf(sampledCache.keySet()));
          cache.forEach((pfn, content) -> assertArrayEquals(content, sampledCache.get(pfn)));
        }
        assertTrue(one.nextCheckpoint(pages));
        wholePages += pages.count();
        int count = pages.count();
        use(cache, pages, cacheSize);
        assertTrue(other.nextCheckpoint(pages));
        assertEquals(n, other.last().sequence());
        sampledPages += pages.count();
        assertTrue(inStretch ? pages.count() == count : pages.count() <= count);
        use(sampledCache, pages, cacheSize);
      }
      assertFalse(other.nextCheckpoint(pages));
    }
    assertTrue(sampledPages < wholePages / 2 + 2 * 60, sampledPages + " of " + wholePages);
    for (int n : new int[] {4, 13, 17, 26, 30}) {
      assertArrayEquals(TestSeries.imageAfter(whole, n), TestSeries.imageAfter(sampled, n));
    }
  }

  @Test
  void samplesShortRecordingsWhole() throws IOException {
    assertEquals("[0-1, 2-4, 5-7]", SampledSeries.spread(8, 10).toString());
    assertEquals("[0-0, 1-1, 2-2]", SampledSeries.spread(3, 1).toString());
    var few = series(10, 8, 28);
    var all = SampledSeries.of(few, SampledSeries.spread(8, 10));
    assertEquals(withoutDescription(few), withoutDescription(all));
    assertThrows(IllegalArgumentException.class, () -> SampledSeries.spread(2, 1));
    assertThrows(IllegalArgumentException.class, () -> SampledSeries.spread(9, 0));
    assertThrows(
        IllegalArgumentException.class, () -> SampledSeries.of(few, SampledSeries.spread(9, 1)));
  }

  private static String withoutDescription(Series series) throws IOException {
    String dump = TestSeries.dump(series);
    return dump.substring(dump.indexOf('\n'));
  }
}
