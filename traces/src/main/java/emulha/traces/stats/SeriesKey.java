package emulha.traces.stats;

import emulha.traces.Interval;
import emulha.traces.SeriesInfo;
import org.jspecify.annotations.Nullable;

/** What identifies a series in every row about it. */
record SeriesKey(String trace, String vm, String workload, String origin, long intervalNs) {
  /** Interval in milliseconds, or null if it is not a whole number of them. */
  @Nullable Long intervalMs() {
    return Interval.wholeMilliseconds(intervalNs);
  }

  static SeriesKey of(SeriesInfo info) {
    return new SeriesKey(
        info.name(),
        info.vm(),
        info.workload(),
        info.synthetic() ? "synthetic" : "recording",
        info.intervalNs());
  }
}
