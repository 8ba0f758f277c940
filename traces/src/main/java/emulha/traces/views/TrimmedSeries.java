package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A series whose base is reduced to the pages that its checkpoints touch. The pages left out never
 * change, so every codec sees the same; but the base no longer is the VM's RAM.
 */
public final class TrimmedSeries implements Series {
  /** Bytes of a base that are read at once. */
  private static final int STRETCH_BYTES = 16 << 20;

  private final Series source;
  private final BitSet touched;
  private final SeriesInfo info;

  private TrimmedSeries(Series source, BitSet touched, SeriesInfo info) {
    this.source = source;
    this.touched = touched;
    this.info = info;
  }

  /**
   * Reads the series once to know the pages it touches (one bit a page frame).
   *
   * @param progress told in checkpoints
   */
  public static TrimmedSeries of(Series source, Progress progress) throws IOException {
    SeriesInfo info = source.info();
    if (info.description().ramPages() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(info.name() + ": RAM of 8 TiB or more cannot be trimmed");
    }
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
        var pages = new DirtyPages();
        while (cursor.nextBase(info.pageSize().stretch(STRETCH_BYTES), pages)) {
          for (int i = 0; i < pages.count(); i++) {
            kept += touched.get((int) pages.pfn(i)) ? 1 : 0;
          }
        }
      }
    }
    var description =
        info.description().withBasePages(kept).derivedBy("reducing the base to the touched pages");
    return new TrimmedSeries(
        source, touched, new SeriesInfo(info.name(), description, info.checkpoints()));
  }

  @Override
  public SeriesInfo info() {
    return info;
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new Cursor(source.open());
  }

  private final class Cursor implements SeriesCursor {
    private final SeriesCursor whole;
    private final DirtyPages stretch = new DirtyPages();
    private @Nullable FreeMap freeMap;
    private int next;

    Cursor(SeriesCursor whole) {
      this.whole = whole;
    }

    @Override
    public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
      into.clear(info.pageSize());
      while (into.count() < maxPages) {
        if (next == stretch.count()) {
          next = 0;
          if (!whole.nextBase(info.pageSize().stretch(STRETCH_BYTES), stretch)) {
            break;
          }
          freeMap = stretch.freeMap();
        }
        for (; next < stretch.count() && into.count() < maxPages; next++) {
          if (touched.get((int) stretch.pfn(next))) {
            into.append(stretch.pfn(next), stretch.slab(next), stretch.offset(next));
          }
        }
      }
      if (into.count() > 0) {
        into.setFreeMap(freeMap);
      }
      return into.count() > 0;
    }

    @Override
    public boolean nextCheckpoint(DirtyPages into) throws IOException {
      return whole.nextCheckpoint(into);
    }

    @Override
    public CheckpointHeader last() {
      return whole.last();
    }

    @Override
    public void close() throws IOException {
      whole.close();
    }
  }
}
