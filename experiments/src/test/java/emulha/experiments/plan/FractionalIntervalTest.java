package emulha.experiments.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import emulha.codecs.Method;
import emulha.experiments.reduce.Reduction;
import emulha.memory.DirtyPages;
import emulha.metrics.CheckpointRow;
import emulha.runs.Base;
import emulha.testsupport.MadeSeries;
import emulha.traces.Series;
import emulha.traces.SeriesWriter;
import emulha.traces.views.MergedSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FractionalIntervalTest {
  @TempDir Path directory;

  private Series series(long intervalNs) throws IOException {
    Path path = directory.resolve("s" + intervalNs);
    try (var writer = SeriesWriter.create(path, MadeSeries.description(16, 0, intervalNs))) {
      var pages = new DirtyPages();
      pages.append(3);
      for (int n = 1; n <= 3; n++) {
        writer.writeCheckpoint(pages, n * intervalNs, null);
      }
      writer.finish();
    }
    return Series.at(path);
  }

  /**
   * Rounded to milliseconds, results of 60 Hz and of 17 ms would be pooled, and shares of the
   * interval be wrong by two hundredths.
   */
  @Test
  void standsInTheRowsExactly() throws IOException {
    List<CheckpointRow> rows = new ArrayList<>();
    var run =
        Reduction.run("1", List.of(series(16_666_667)), Method.parse("none"), Base.SKIP, rows::add);
    assertEquals(16_666_667, run.setting().intervalNs());
    assertNull(run.setting().intervalMs());
    assertEquals(16_666_667, rows.getFirst().key().setting().intervalNs());
    assertNull(rows.getFirst().key().setting().intervalMs());
    Series merged = MergedSeries.atInterval(series(12_500_000), 25_000_000);
    run = Reduction.run("2", List.of(merged), Method.parse("none"), Base.SKIP, rows::add);
    assertEquals(25_000_000, run.setting().intervalNs());
    assertEquals(25, run.setting().intervalMs());
  }
}
