package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import org.jspecify.annotations.Nullable;

/** What identifies a series in every row about it. */
public record SeriesKey(
    @Identifier("Name of the series") String trace,
    @Identifier("Name of the VM") String vm,
    @Identifier("Workload in the VM") String workload,
    @Identifier("recording or synthetic; a synthetic series' properties are input, not findings")
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
