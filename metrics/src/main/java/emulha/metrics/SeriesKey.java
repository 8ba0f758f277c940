package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import org.jspecify.annotations.Nullable;

/** What identifies a series in every row about it. */
public record SeriesKey(
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY) @Meaning("Name of the series")
        String trace,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY) @Meaning("Name of the VM") String vm,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY) @Meaning("Workload in the VM")
        String workload,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY)
        @Meaning("recording or synthetic; a synthetic series' properties are input, not findings")
        String origin,
    @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
        @Meaning("Checkpointing interval. Empty if it is not a whole number of milliseconds")
        @Nullable Long intervalMs,
    @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.KEY)
        @Meaning("Checkpointing interval, exactly")
        long intervalNs) {
  /** The interval in nanoseconds gives both columns. */
  public SeriesKey(String trace, String vm, String workload, String origin, long intervalNs) {
    this(
        trace,
        vm,
        workload,
        origin,
        intervalNs % 1_000_000 == 0 ? Long.valueOf(intervalNs / 1_000_000) : null,
        intervalNs);
  }

  /** The same at another interval. */
  public SeriesKey at(long otherIntervalNs) {
    return new SeriesKey(trace, vm, workload, origin, otherIntervalNs);
  }

  /** Whether it is synthetic: what it has was put into it. */
  public boolean synthetic() {
    return origin.equals("synthetic");
  }
}
