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
public final class SlicedSeries implements Series {
  /** Bytes of a base that are read at once. */
  private static final int STRETCH_BYTES = 16 << 20;

  private final Series source;
  private final int from;
  private final LatestPages before;
  private final @Nullable FreeMap freeMap;
  private final long beginNs;
  private final SeriesInfo info;

  private SlicedSeries(
      Series source,
      int from,
      LatestPages before,
      @Nullable FreeMap freeMap,
      long beginNs,
      SeriesInfo info) {
    this.source = source;
    this.from = from;
    this.before = before;
    this.freeMap = freeMap;
    this.beginNs = beginNs;
    this.info = info;
  }

  /**
   * Takes checkpoints {@code from} (inclusive) to {@code to} (exclusive); reads what comes before.
   *
   * @throws IllegalArgumentException unless {@code 0 <= from < to <= checkpoints}
   */
  public static SlicedSeries of(Series source, int from, int to) throws IOException {
    SeriesInfo info = source.info();
    if (from < 0 || from >= to || to > info.checkpoints()) {
      throw new IllegalArgumentException(
          info.name()
              + ": no checkpoints from "
              + from
              + " up to "
              + to
              + "; it has 0 up to "
              + info.checkpoints());
    }
    var before = new LatestPages(info.pageSize());
    FreeMap freeMap = null;
    long beginNs = 0;
    try (var cursor = source.open()) {
      var pages = new DirtyPages();
      for (int n = 0; n < from; n++) {
        if (!cursor.nextCheckpoint(pages)) {
          throw new IOException(info.name() + ": fewer checkpoints than announced");
        }
        before.add(pages);
        freeMap = pages.freeMap();
        beginNs = cursor.last().guestTimeNs();
      }
    }
    long basePages = info.basePages();
    if (!info.description().baseFull()) {
      basePages = before.pfns().length;
      try (var cursor = source.open()) {
        var pages = new DirtyPages();
        while (cursor.nextBase(info.pageSize().stretch(STRETCH_BYTES), pages)) {
          for (int i = 0; i < pages.count(); i++) {
            basePages += before.contains(pages.pfn(i)) ? 0 : 1;
          }
        }
      }
    }
    var description =
        info.description()
            .withBasePages(basePages)
            .derivedBy("taking checkpoints " + from + " up to " + to + " of " + info.checkpoints());
    return new SlicedSeries(
        source,
        from,
        before,
        freeMap,
        beginNs,
        new SeriesInfo(info.name(), description, to - from));
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
    private final long[] advanced = before.pfns();
    private @Nullable FreeMap baseFreeMap;
    private int nextOfStretch;
    private boolean stretchesLeft = true;
    private int nextAdvanced;
    private boolean skipped;
    private int next;
    private @Nullable CheckpointHeader last;

    Cursor(SeriesCursor whole) {
      this.whole = whole;
    }

    @Override
    public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
      into.clear(info.pageSize());
      while (into.count() < maxPages) {
        if (stretchesLeft && nextOfStretch == stretch.count()) {
          nextOfStretch = 0;
          stretchesLeft = whole.nextBase(info.pageSize().stretch(STRETCH_BYTES), stretch);
          if (stretchesLeft) {
            baseFreeMap = stretch.freeMap();
          }
        }
        long inBase = stretchesLeft ? stretch.pfn(nextOfStretch) : Long.MAX_VALUE;
        long inAdvanced = nextAdvanced < advanced.length ? advanced[nextAdvanced] : Long.MAX_VALUE;
        if (inBase == Long.MAX_VALUE && inAdvanced == Long.MAX_VALUE) {
          break;
        }
        if (inAdvanced <= inBase) {
          before.copy(inAdvanced, into);
          nextAdvanced++;
        } else {
          into.append(inBase, stretch.slab(nextOfStretch), stretch.offset(nextOfStretch));
        }
        if (inBase <= inAdvanced) {
          nextOfStretch++;
        }
      }
      if (into.count() > 0) {
        into.setFreeMap(from == 0 ? baseFreeMap : freeMap);
      }
      return into.count() > 0;
    }

    @Override
    public boolean nextCheckpoint(DirtyPages into) throws IOException {
      for (int n = 0; n < from && !skipped; n++) {
        whole.nextCheckpoint(into);
      }
      skipped = true;
      into.clear();
      if (next == info.checkpoints()) {
        return false;
      }
      if (!whole.nextCheckpoint(into)) {
        throw new IOException(info.name() + ": fewer checkpoints than announced");
      }
      CheckpointHeader header = whole.last();
      long unknown = CheckpointHeader.UNKNOWN_GUEST_TIME;
      long time =
          beginNs == unknown || header.guestTimeNs() == unknown
              ? unknown
              : header.guestTimeNs() - beginNs;
      last = new CheckpointHeader(next++, time, header.state());
      return true;
    }

    @Override
    public CheckpointHeader last() {
      if (last == null) {
        throw new IllegalStateException("no checkpoint was read yet");
      }
      return last;
    }

    @Override
    public void close() throws IOException {
      whole.close();
    }
  }
}
