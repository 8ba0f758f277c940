package emulha.experiments.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.PageCostRow;
import emulha.runs.Warmup;
import emulha.testsupport.MadeSeries;
import emulha.traces.CheckpointHeader;
import emulha.traces.Series;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PageCostsTest {
  private static final int RAM_PAGES = 16;

  @TempDir Path directory;

  /**
   * Two checkpoints. The first writes pages 0 to 7: 0 with zeros over something, 1 with what it
   * had, the others with noise. The second writes 0 to 3: 0 with zeros again, 1 and 2 with what
   * they had, 3 with one byte changed; and 8 with noise.
   */
  private Series series() throws IOException {
    var random = new Random(20132);
    byte[][] image = new byte[RAM_PAGES][Page.BYTES];
    for (byte[] page : image) {
      random.nextBytes(page);
    }
    Path place = directory.resolve("series");
    try (var writer =
        SeriesWriter.create(place, MadeSeries.description(RAM_PAGES, RAM_PAGES, 10_000_000))) {
      var pages = new DirtyPages();
      append(pages, image, 0, RAM_PAGES);
      writer.writeBase(pages);
      Arrays.fill(image[0], (byte) 0);
      for (int pfn = 2; pfn < 8; pfn++) {
        random.nextBytes(image[pfn]);
      }
      pages.clear();
      append(pages, image, 0, 8);
      writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      image[3][100]++;
      random.nextBytes(image[8]);
      pages.clear();
      append(pages, image, 0, 4);
      append(pages, image, 8, 9);
      writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      writer.finish();
    }
    return Series.at(place);
  }

  private static void append(DirtyPages pages, byte[][] image, int from, int to) {
    for (int pfn = from; pfn < to; pfn++) {
      pages.append(pfn, image[pfn], 0);
    }
  }

  /** Advances by 1 µs at each reading. */
  private static LongSupplier ticking() {
    long[] now = {0};
    return () -> now[0] += 1000;
  }

  private static Map<String, Long> pages(List<PageCostRow> rows) {
    return rows.stream().collect(Collectors.toMap(PageCostRow::pageClass, PageCostRow::pages));
  }

  /**
   * A page in the wrong class would make a cheap class dear, or warm-up pages count as measured.
   */
  @Test
  void tellsWhatBecameOfEachPage() throws IOException {
    Series series = series();
    List<PageCostRow> delta =
        PageCosts.of(List.of(series), Method.parse("delta"), new Warmup(1, 0), 2, ticking());
    // Of each repetition: 0 twice; 1 twice and 2; 3 once more; 2 to 7 and 8.
    assertEquals(Map.of("zero", 4L, "unchanged", 6L, "hit", 2L, "miss", 14L), pages(delta));
    for (PageCostRow row : delta) {
      assertEquals(1000, row.times().meanNs());
      assertEquals(1000, row.times().p50Ns());
      assertEquals(1000, row.times().clockNs());
      assertEquals("synthetic", row.key().origin());
    }
    assertEquals(
        Map.of("zero", 2L, "unchanged", 3L, "whole", 8L),
        pages(PageCosts.of(List.of(series), Method.parse("none"), Warmup.NONE, 1, ticking())));
    // Noise does not shrink; the page with a byte changed is still noise.
    assertEquals(
        Map.of("zero", 2L, "unchanged", 3L, "whole", 8L),
        pages(PageCosts.of(List.of(series), Method.parse("gzip"), Warmup.NONE, 1, ticking())));
  }

  @Test
  void refusesWhatHasNoCostPerPage() throws IOException {
    Series series = series();
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    PageCosts.of(
                        List.of(series),
                        Method.parse("delta:encoders=2"),
                        Warmup.NONE,
                        1,
                        ticking()))
            .getMessage();
    assertTrue(message.contains("encoders=1"), message);
    assertThrows(
        IllegalArgumentException.class,
        () -> PageCosts.of(List.of(series), Method.parse("delta"), Warmup.NONE, 0, ticking()));
  }
}
