package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code page_costs.csv}: what encoding a page takes, by what became of the page. Times
 * are of a monotonic clock read before and after each page, so they are of a run of their own and
 * never stand for a method's CPU time. Same rules as {@link CheckpointRow}.
 */
public record PageCostRow(
    Key key,
    @Identifier(
            "zero: all zeros; unchanged: the content it had before; of the others hit: its earlier"
                + " content was in the delta cache; miss: it was not; whole: sent whole without a"
                + " cache being asked; encoded: any other")
        String pageClass,
    @Count("Pages of the class that were timed, over all repetitions") long pages,
    Times times) {
  /** Of what, and how. */
  public record Key(
      @Identifier("Names of the series encoded together, joined by +") String traces,
      @Identifier("Workloads of the VMs, joined by +") String workloads,
      @Identifier("recording, or synthetic if any series was synthesised") String origin,
      @Identifier("Compression method") String method,
      @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
          @Meaning("Checkpointing interval. Empty if it is not a whole number of milliseconds")
          @Nullable Long intervalMs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.KEY)
          @Meaning("Checkpointing interval, exactly")
          long intervalNs) {}

  /** How long pages took. */
  public record Times(
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Mean time of a page, to the nearest nanosecond")
          long meanNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Shortest time of a page")
          long minNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Time that 5 % of the pages do not exceed, to three digits")
          long p5Ns,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Median time, to three digits")
          long p50Ns,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Time that 95 % of the pages do not exceed, to three digits")
          long p95Ns,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Time that 99 % of the pages do not exceed, to three digits")
          long p99Ns,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MAX)
          @Meaning("Longest time of a page, to three digits")
          long maxNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning("Median time between two readings of the clock with nothing between them")
          long clockNs) {}
}
