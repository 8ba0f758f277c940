package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.traces.imports.FlatImport;
import emulha.traces.views.TrimmedSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bundled samples and the recordings they come from, against counts that other programs made
 * from the recordings' plain files. Unchanged pages come out right only if every base page and
 * every checkpoint page does.
 */
@Order(1)
class SamplesTest {
  @TempDir Path directory;

  private record Counts(int checkpoints, long dirty, long distinct, long zero, long unchanged) {
    static Counts of(Series series) throws IOException {
      long dirty = 0;
      long zero = 0;
      long unchanged = 0;
      Set<Long> distinct = new HashSet<>();
      byte[] before = new byte[Page.BYTES];
      try (var image = new RamImage(series.info().ramBytes());
          var cursor = series.open()) {
        var pages = new DirtyPages();
        while (cursor.nextBase(1000, pages)) {
          image.apply(pages);
        }
        while (cursor.nextCheckpoint(pages)) {
          for (int i = 0; i < pages.count(); i++) {
            dirty++;
            distinct.add(pages.pfn(i));
            zero += Page.isZero(pages.slab(i), pages.offset(i), Page.BYTES) ? 1 : 0;
            image.read(pages.pfn(i), before, 0);
            int at = pages.offset(i);
            unchanged +=
                Arrays.equals(before, 0, Page.BYTES, pages.slab(i), at, at + Page.BYTES) ? 1 : 0;
          }
          image.apply(pages);
        }
      }
      return new Counts(series.info().checkpoints(), dirty, distinct.size(), zero, unchanged);
    }
  }

  private static Path sample(String name) {
    return Path.of(System.getProperty("emulha.root"), "traces", "samples", name);
  }

  // Figures made from a damaged sample would be believed.
  @Test
  void redisSampleHasTheRecordingsCounts() throws IOException {
    Path redis = sample("redis-25ms.tar.zst");
    assertTrue(SeriesVerifier.verify(redis, Progress.NONE).sealed());
    assertEquals(new Counts(60, 17109, 1171, 244, 3999), Counts.of(Series.at(redis)));
  }

  @Test
  void ffmpegSampleHasTheRecordingsCounts() throws IOException {
    Path ffmpeg = sample("ffmpeg-100ms.tar.zst");
    assertTrue(SeriesVerifier.verify(ffmpeg, Progress.NONE).sealed());
    assertEquals(new Counts(20, 13648, 2477, 141, 1097), Counts.of(Series.at(ffmpeg)));
  }

  @Test
  void samplesOfTheRecipesHaveTheirCounts() throws IOException {
    var samples =
        Map.of(
            "ffmpeg-25ms", new Counts(30, 3143, 1249, 5, 160),
            "hpcc-25ms", new Counts(40, 16107, 1371, 0, 1250),
            "hpcc-cluster-vm1-100ms", new Counts(10, 8991, 1247, 0, 435),
            "hpcc-cluster-vm2-100ms", new Counts(10, 9784, 1277, 0, 517),
            "hpcc-cluster-vm3-100ms", new Counts(10, 11561, 1407, 107, 355),
            "hpcc-cluster-vm4-100ms", new Counts(10, 11639, 1428, 119, 416),
            "idle-25ms", new Counts(80, 987, 211, 32, 164),
            "oltp-25ms", new Counts(25, 14628, 2196, 119, 1933),
            "webshop-25ms", new Counts(30, 19155, 2572, 859, 4423));
    for (var expected : samples.entrySet()) {
      Path packed = sample(expected.getKey() + ".tar.zst");
      assertTrue(SeriesVerifier.verify(packed, Progress.NONE).sealed());
      assertEquals(expected.getValue(), Counts.of(Series.at(packed)), expected.getKey());
    }
  }

  // The whole recordings, where they are at hand.
  @Test
  void importedRecordingsHaveTheirCounts() throws IOException {
    String recordings = System.getenv("EMULHA_RECORDINGS");
    assumeTrue(recordings != null, "EMULHA_RECORDINGS names no directory of recordings");
    for (var expected :
        new Object[][] {
          {"redis-25ms", new Counts(60, 17109, 1171, 244, 3999)},
          {"ffmpeg-100ms", new Counts(40, 28068, 2516, 273, 2233)}
        }) {
      Path source = Path.of(recordings, (String) expected[0]);
      if (!Files.isDirectory(source)) {
        fail(source + " is missing");
      }
      Path series = directory.resolve((String) expected[0]);
      FlatImport.run(source, series, Progress.NONE);
      SeriesVerifier.verify(series, Progress.NONE);
      assertEquals(expected[1], Counts.of(Series.at(series)));
      assertEquals(expected[1], Counts.of(TrimmedSeries.of(Series.at(series), Progress.NONE)));
    }
  }
}
