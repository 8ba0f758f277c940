package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.traces.CheckpointHeader;
import emulha.traces.Interval;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;

/**
 * A series at a multiple of its interval: every K consecutive checkpoints become one, the union of
 * their pages with the last content, the last free map, guest time and state. This is what a
 * coarser interval would have captured of the same execution. Checkpoints at the end that do not
 * fill an interval are left out. Reading takes the memory of one merged checkpoint.
 */
public final class MergedSeries implements Series {
  private final Series source;
  private final int every;
  private final SeriesInfo info;

  /**
   * @param source the finer series
   * @param every K, at least 1
   * @throws IllegalArgumentException if the series is shorter than one merged interval
   */
  public MergedSeries(Series source, int every) {
    SeriesInfo fine = source.info();
    if (every < 1) {
      throw new IllegalArgumentException("cannot merge every " + every + " checkpoints");
    }
    if (every > fine.checkpoints()) {
      throw new IllegalArgumentException(
          "%s: cannot merge every %d checkpoints, it has only %d"
              .formatted(fine.name(), every, fine.checkpoints()));
    }
    this.source = source;
    this.every = every;
    info =
        new SeriesInfo(
            fine.name(),
            every == 1
                ? fine.description()
                : fine.description()
                    .withIntervalNs(Math.multiplyExact(fine.intervalNs(), (long) every))
                    .derivedBy("merging every " + every + " checkpoints of " + fine.interval()),
            fine.checkpoints() / every);
  }

  /**
   * The series at an interval.
   *
   * @throws IllegalArgumentException unless the interval is the series' own or a multiple of it, no
   *     longer than the series
   */
  public static Series atInterval(Series source, long intervalNs) {
    SeriesInfo fine = source.info();
    if (intervalNs < 1 || intervalNs % fine.intervalNs() != 0) {
      throw new IllegalArgumentException(
          "%s: interval %s is not a multiple of the recording's %s"
              .formatted(fine.name(), Interval.text(intervalNs), fine.interval()));
    }
    long every = intervalNs / fine.intervalNs();
    if (every > fine.checkpoints()) {
      throw new IllegalArgumentException(
          "%s: interval %s is longer than the whole recording of %d × %s"
              .formatted(
                  fine.name(), Interval.text(intervalNs), fine.checkpoints(), fine.interval()));
    }
    return every == 1 ? source : new MergedSeries(source, (int) every);
  }

  /** Checkpoints at the end of the finer series that do not fill an interval. */
  public int leftOut() {
    return source.info().checkpoints() % every;
  }

  @Override
  public SeriesInfo info() {
    return info;
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new Cursor(source.open());
  }

  private final class Cursor extends ViewCursor {
    private final LatestPages latest = new LatestPages(info.pageSize());

    Cursor(SeriesCursor fine) {
      super(fine, info);
    }

    @Override
    CheckpointHeader make(int number, DirtyPages into) throws IOException {
      latest.clear();
      FreeMap freeMap = null;
      for (int i = 0; i < every; i++) {
        source.requireCheckpoint(info.name(), into);
        latest.add(into);
        freeMap = into.freeMap();
      }
      into.clear(info.pageSize());
      for (long pfn : latest.pfns()) {
        latest.copy(pfn, into);
      }
      into.setFreeMap(freeMap);
      CheckpointHeader end = source.last();
      return new CheckpointHeader(number, end.guestTimeNs(), end.state());
    }
  }
}
