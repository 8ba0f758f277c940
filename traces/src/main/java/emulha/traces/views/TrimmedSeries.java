package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.util.BitSet;

/**
 * A series whose base is reduced to the pages that its checkpoints touch. The pages left out never
 * change, so every codec sees the same; but the base no longer is the VM's RAM.
 */
public record TrimmedSeries(Series source, SeriesInfo info, BitSet touched) implements Series {
  /**
   * Reads the series once to know the pages it touches (one bit a page frame).
   *
   * @param progress told in checkpoints
   */
  public static TrimmedSeries of(Series source, Progress progress) throws IOException {
    SeriesInfo info = source.info();
    var touched = new BitSet();
    long kept = 0;
    try (var cursor = source.open()) {
      var pages = new DirtyPages();
      for (int n = 1; cursor.nextCheckpoint(pages); n++) {
        for (int i = 0; i < pages.count(); i++) {
          touched.set((int) pages.pfn(i));
        }
        progress.step("touched pages", n, info.checkpoints());
      }
    }
    if (info.description().baseFull()) {
      kept = touched.cardinality();
    } else {
      try (var cursor = source.open()) {
        for (var base = new BasePages(cursor, info); base.left(); base.pass()) {
          kept += touched.get((int) base.pfn()) ? 1 : 0;
        }
      }
    }
    var description =
        info.description().withBasePages(kept).derivedBy("reducing the base to the touched pages");
    return new TrimmedSeries(
        source, new SeriesInfo(info.name(), description, info.checkpoints()), touched);
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new Cursor(source.open());
  }

  private final class Cursor extends ViewCursor {
    private final BasePages base;

    Cursor(SeriesCursor whole) {
      super(whole, info);
      base = new BasePages(whole, info);
    }

    @Override
    public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
      into.clear(info.pageSize());
      for (; into.count() < maxPages && base.left(); base.pass()) {
        if (touched.get((int) base.pfn())) {
          base.copy(into);
        }
      }
      if (into.count() > 0) {
        into.setFreeMap(base.freeMap());
      }
      return into.count() > 0;
    }
  }
}
