package emulha.traces.stats;

import emulha.traces.SeriesInfo;

/** What identifies a series in every row about it. */
record SeriesKey(String trace, String vm, String workload, String origin, long intervalMs) {
  static SeriesKey of(SeriesInfo info) {
    return new SeriesKey(
        info.name(),
        info.vm(),
        info.workload(),
        info.synthetic() ? "synthetic" : "recording",
        info.intervalMs());
  }
}
