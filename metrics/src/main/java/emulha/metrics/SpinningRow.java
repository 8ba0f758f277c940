package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code spinning.csv}: an end of a run that watched its connection before a thread
 * blocked on it. Same rules as {@link CheckpointRow}.
 */
public record SpinningRow(
    @Identifier("Run, unique per command") String runId,
    @Identifier("sender, which waits for ACKs, or receiver, which waits for checkpoints")
        String end,
    @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.KEY)
        @Meaning("For how long it watched the connection before it blocked (--spin)")
        long spinNs,
    @Count("Reads in the counted trials for which nothing had come yet") long waits,
    @Count(
            "Of these, those for which something came while the connection was watched; after the"
                + " others the thread blocked")
        long met,
    @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
        @Meaning(
            "CPU time, user and system, that watching took in the counted trials. It is in no other"
                + " column: those of the CPU time of an end that watched are empty")
        long spinCpuNs) {
  /** The {@code end} of a sender. */
  public static final String SENDER = "sender";

  /** The {@code end} of a receiver. */
  public static final String RECEIVER = "receiver";
}
