package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.traces.CheckpointHeader;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive checkpoints of a series as a series of its own: numbered from 0, guest time counted
 * from its beginning, the base advanced to it. Keeps the pages written before the slice.
 */
public record SlicedSeries(
    Series source,
    SeriesInfo info,
    int from,
    LatestPages before,
    @Nullable FreeMap freeMap,
    long beginNs)
    implements Series {
  /**
   * Takes checkpoints {@code from} (inclusive) to {@code to} (exclusive); reads what comes before.
   *
   * @throws IllegalArgumentException unless {@code 0 <= from < to <= checkpoints}
   */
  public static SlicedSeries of(Series source, int from, int to) throws IOException {
    SeriesInfo info = source.info();
    if (from < 0 || from >= to || to > info.checkpoints()) {
      throw new IllegalArgumentException(
          "%s: no checkpoints from %d up to %d; it has 0 up to %d"
              .formatted(info.name(), from, to, info.checkpoints()));
    }
    var before = new LatestPages(info.pageSize());
    FreeMap freeMap = null;
    long beginNs = 0;
    try (var cursor = source.open()) {
      var pages = new DirtyPages();
      for (int n = 0; n < from; n++) {
        cursor.requireCheckpoint(info.name(), pages);
        before.add(pages);
        freeMap = pages.freeMap();
        beginNs = cursor.last().guestTimeNs();
      }
    }
    long basePages = info.basePages();
    if (!info.description().baseFull()) {
      basePages = before.pfns().length;
      try (var cursor = source.open()) {
        for (var base = new BasePages(cursor, info); base.left(); base.pass()) {
          basePages += before.contains(base.pfn()) ? 0 : 1;
        }
      }
    }
    var description =
        info.description()
            .withBasePages(basePages)
            .derivedBy("taking checkpoints " + from + " up to " + to + " of " + info.checkpoints());
    return new SlicedSeries(
        source,
        new SeriesInfo(info.name(), description, to - from),
        from,
        before,
        freeMap,
        beginNs);
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new Cursor(source.open());
  }

  private final class Cursor extends ViewCursor {
    private final BasePages base;
    private final long[] advanced = before.pfns();
    private int nextAdvanced;

    Cursor(SeriesCursor whole) {
      super(whole, info);
      base = new BasePages(whole, info);
    }

    @Override
    public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
      into.clear(info.pageSize());
      while (into.count() < maxPages) {
        long inBase = base.left() ? base.pfn() : Long.MAX_VALUE;
        long inAdvanced = nextAdvanced < advanced.length ? advanced[nextAdvanced] : Long.MAX_VALUE;
        if (inBase == Long.MAX_VALUE && inAdvanced == Long.MAX_VALUE) {
          break;
        }
        if (inAdvanced <= inBase) {
          before.copy(inAdvanced, into);
          nextAdvanced++;
        } else {
          base.copy(into);
        }
        if (inBase <= inAdvanced) {
          base.pass();
        }
      }
      if (into.count() > 0) {
        into.setFreeMap(from == 0 ? base.freeMap() : freeMap);
      }
      return into.count() > 0;
    }

    @Override
    CheckpointHeader make(int number, DirtyPages into) throws IOException {
      for (int n = 0; number == 0 && n < from; n++) {
        super.make(n, into);
      }
      CheckpointHeader header = super.make(number, into);
      long unknown = CheckpointHeader.UNKNOWN_GUEST_TIME;
      long time =
          beginNs == unknown || header.guestTimeNs() == unknown
              ? unknown
              : header.guestTimeNs() - beginNs;
      return new CheckpointHeader(number, time, header.state());
    }
  }
}
