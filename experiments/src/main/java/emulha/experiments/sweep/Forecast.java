package emulha.experiments.sweep;

import emulha.codecs.Method;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.reduce.Reduction;
import emulha.runs.Base;
import emulha.runs.Pace;
import emulha.runs.Warmup;
import emulha.traces.Series;
import emulha.traces.views.MergedSeries;
import emulha.traces.views.SlicedSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a plan is expected to take, from a short probe: each kind of point compresses and
 * decompresses its first checkpoints. A guess within a factor of about two.
 *
 * @param time of all points, one after the other or on the given number of jobs
 * @param diskBytes of the results
 */
public record Forecast(Duration time, long diskBytes) {
  private static final int PROBED_CHECKPOINTS = 4;
  private static final double START_OF_TWO_JVMS_S = 2.5;
  private static final int BYTES_PER_ROW = 400;
  private static final int BYTES_PER_POINT = 12 << 10;

  /**
   * What a checkpoint comes to.
   *
   * @param seconds to compress and decompress it, and a share of the base
   * @param bytes of it to be sent
   */
  private record CheckpointCost(double seconds, double bytes) {}

  /** Probes. */
  public static Forecast of(SweepPlan plan, int jobs) throws IOException {
    double seconds = 0;
    long bytes = 0;
    Map<String, CheckpointCost> known = new HashMap<>();
    for (Point point : plan.points()) {
      List<Series> series = open(point);
      int checkpoints = series.stream().mapToInt(one -> one.info().checkpoints()).min().orElse(0);
      String kind = point.traces() + " " + point.method() + " " + point.intervalNs();
      CheckpointCost cost = known.get(kind);
      if (cost == null) {
        cost = probe(series, point.method(), checkpoints);
        known.put(kind, cost);
      }
      double sending =
          point.linkBitsPerSecond() == 0 ? 0 : 8 * cost.bytes() / point.linkBitsPerSecond();
      double work = (cost.seconds() + sending) * checkpoints;
      if (plan.reduceOnly()) {
        seconds += work;
      } else {
        double kept = checkpoints * series.getFirst().info().intervalNs() / 1e9;
        Warmup warmup = Warmup.parse(point.how().warmup());
        seconds +=
            START_OF_TWO_JVMS_S
                + (warmup.timed()
                    ? warmup.milliseconds() / 1e3
                    : warmup.replays() * cost.seconds() * checkpoints)
                + point.how().replays()
                    * (point.how().pace() == Pace.REALTIME ? Math.max(kept, work) : work);
      }
      long rows = (checkpoints + 1L) * series.size() * point.how().replays();
      bytes += BYTES_PER_POINT + BYTES_PER_ROW * rows;
    }
    return new Forecast(
        Duration.ofMillis(Math.round(seconds * 1e3 / (plan.reduceOnly() ? jobs : 1))), bytes);
  }

  private static List<Series> open(Point point) throws IOException {
    List<Series> series = new ArrayList<>();
    for (Path trace : point.traces()) {
      Series recorded = Series.at(trace);
      series.add(
          point.intervalNs() == 0
              ? recorded
              : MergedSeries.atInterval(recorded, point.intervalNs()));
    }
    return series;
  }

  private static CheckpointCost probe(List<Series> series, Method method, int checkpoints)
      throws IOException {
    int probed = Math.min(PROBED_CHECKPOINTS, checkpoints);
    if (probed == 0) {
      return new CheckpointCost(0, 0);
    }
    List<Series> beginning = new ArrayList<>();
    for (Series one : series) {
      beginning.add(SlicedSeries.of(one, 0, probed));
    }
    long start = System.nanoTime();
    var run = Reduction.run("probe", beginning, method, Base.SKIP, row -> {});
    return new CheckpointCost(
        (System.nanoTime() - start) / 1e9 / probed, (double) run.traffic().payloadBytes() / probed);
  }
}
