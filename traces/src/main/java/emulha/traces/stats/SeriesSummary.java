package emulha.traces.stats;

import emulha.memory.DirtyPages;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.util.IntSummaryStatistics;
import java.util.LongSummaryStatistics;
import org.jspecify.annotations.Nullable;

/**
 * The size of a series' checkpoints.
 *
 * @param info the series
 * @param dirtyPages pages in all checkpoints together
 * @param smallestPages pages in the smallest checkpoint; 0 if there is none
 * @param largestPages pages in the largest checkpoint; 0 if there is none
 * @param freeMaps checkpoints with a free map
 * @param states checkpoints with CPU and device state
 * @param kept the intervals between its checkpoints, or null if it does not tell its times
 */
public record SeriesSummary(
    SeriesInfo info,
    long dirtyPages,
    int smallestPages,
    int largestPages,
    int freeMaps,
    int states,
    @Nullable Kept kept) {
  /**
   * The intervals that a recorder kept, of guest time or of the program's; the first one is from
   * the base.
   *
   * @param meanNs mean in nanoseconds, rounded
   * @param shortestNs the shortest
   * @param longestNs the longest
   */
  public record Kept(long meanNs, long shortestNs, long longestNs) {}

  /**
   * Reads a series.
   *
   * @param progress told in checkpoints
   */
  public static SeriesSummary of(Series series, Progress progress) throws IOException {
    var sizes = new IntSummaryStatistics();
    var intervals = new LongSummaryStatistics();
    int freeMaps = 0;
    int states = 0;
    boolean told = true;
    long before = 0;
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      while (cursor.nextCheckpoint(pages)) {
        sizes.accept(pages.count());
        freeMaps += pages.freeMap() == null ? 0 : 1;
        states += cursor.last().state() == null ? 0 : 1;
        long time = cursor.last().guestTimeNs();
        told &= time != CheckpointHeader.UNKNOWN_GUEST_TIME && time >= before;
        intervals.accept(time - before);
        before = time;
        progress.step("checkpoints", sizes.getCount(), series.info().checkpoints());
      }
    }
    boolean empty = sizes.getCount() == 0;
    return new SeriesSummary(
        series.info(),
        sizes.getSum(),
        empty ? 0 : sizes.getMin(),
        empty ? 0 : sizes.getMax(),
        freeMaps,
        states,
        empty || !told
            ? null
            : new Kept(Math.round(intervals.getAverage()), intervals.getMin(), intervals.getMax()));
  }
}
