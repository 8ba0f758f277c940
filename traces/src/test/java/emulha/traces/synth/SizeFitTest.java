package emulha.traces.synth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.metrics.SizeFitRow;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SizeFitTest {
  /** Hou Table 2, in MB, typed in again: a slip in a profile's file would fit the wrong table. */
  private static final Map<String, List<Double>> TABLE_2 =
      Map.of(
          "hpcc", List.of(1.7, 2.1, 3.1, 13.1, 18.2, 19.3),
          "rubis", List.of(3.7, 4.1, 4.4, 8.2, 11.4, 13.0),
          "ffmpeg", List.of(5.4, 6.8, 8.0, 10.8, 12.9, 19.0),
          "voltdb", List.of(9.6, 13.2, 20.0, 114.4, 207.5, 396.7));

  private static final long[] INTERVALS_MS = {25, 50, 100, 1000, 2000, 5000};

  /**
   * One series must give all six sizes, or intervals derived from it compare unlike with unlike.
   */
  @ParameterizedTest
  @ValueSource(strings = {"hpcc", "rubis", "ffmpeg", "voltdb"})
  void fitsTable2WithinFivePerCent(String name) throws IOException {
    SizeFit fit = SizeFit.of(name, Profile.named(name), 1);
    for (int i = 0; i < INTERVALS_MS.length; i++) {
      SizeFitRow row = fit.rows().get(i);
      long target = Math.round(TABLE_2.get(name).get(i) * 1e6);
      assertEquals(INTERVALS_MS[i], row.intervalMs());
      assertEquals(target, row.targetBytes());
      assertTrue(Math.abs(row.residualPpm()) < 50_000, row.toString());
      assertEquals((double) row.fittedBytes() / target - 1, row.residualPpm() / 1e6, 1e-6);
    }
  }

  /**
   * Only HPC-C's 2.1 MB at 50 ms lies below the line from 1.7 to 3.1 MB: by 66667 bytes. No series
   * whatever meets those three exactly, and a user must be told.
   */
  @ParameterizedTest
  @CsvSource({"hpcc,66667", "rubis,0", "ffmpeg,0", "voltdb,0"})
  void tellsWhereTheTableCannotBeMet(String name, long below) throws IOException {
    for (SizeFitRow row : SizeFit.of(name, Profile.named(name), 1).rows()) {
      assertEquals(row.intervalMs() == 50 ? below : 0, row.belowChordBytes(), row.toString());
    }
  }

  /** The formula and the drawing of writes must agree at every interval, not in the mean only. */
  @ParameterizedTest
  @ValueSource(strings = {"hpcc", "rubis", "ffmpeg", "voltdb"})
  void drawnWritesHaveTheSizesOfTable2(String name) throws IOException {
    Spectrum spectrum = SizeFit.of(name, Profile.named(name), 1).spectrum();
    int[] pages = spectrum.components().stream().mapToInt(Spectrum.Component::pages).toArray();
    var writes = new PageWrites(12, spectrum, pages, 25);
    int checkpoints = 2000;
    for (int i = 0; i < INTERVALS_MS.length; i++) {
      int every = (int) (INTERVALS_MS[i] / 25);
      var dirty = new BitSet();
      long sum = 0;
      int intervals = 0;
      for (int c = 0; c < checkpoints; c++) {
        writes.in(c, dirty::set);
        if ((c + 1) % every == 0) {
          sum += dirty.cardinality();
          dirty.clear();
          intervals++;
        }
      }
      double megabytes = sum * 4096.0 / intervals / 1e6;
      double target = TABLE_2.get(name).get(i);
      assertEquals(target, megabytes, 0.05 * target, INTERVALS_MS[i] + " ms");
    }
  }

  /** FITDOC's profiles have one size; it must be met to the page. */
  @ParameterizedTest
  @CsvSource({
    "underload,482",
    "dbench,22639",
    "kcompile,26298",
    "npb-lu,130702",
    "hadoop,165544",
    "tpcw,9938"
  })
  void meetsOneSizeExactly(String name, int dirtyPages) throws IOException {
    Spectrum spectrum = SizeFit.of(name, Profile.named(name), 1).spectrum();
    assertEquals(dirtyPages, spectrum.meanDirtyPages(180_000), 1e-3);
    assertEquals(
        dirtyPages, spectrum.components().stream().mapToInt(Spectrum.Component::pages).sum());
  }

  /** Twice the sizes are twice the pages, at the same rates. */
  @Test
  void scales() throws IOException {
    Spectrum one = SizeFit.of("voltdb", Profile.named("voltdb"), 1).spectrum();
    Spectrum two = SizeFit.of("voltdb", Profile.named("voltdb"), 2).spectrum();
    assertEquals(2 * one.meanDirtyPages(1000), two.meanDirtyPages(1000), 10);
  }
}
