package emulha.metrics;

import emulha.metrics.Metric.Aggregation;
import emulha.metrics.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code write_rates.csv}: pages that were dirty in the same number of checkpoints of a
 * series. Same rules as {@link CheckpointRow}.
 */
public record WriteRateRow(
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY, meaning = "Name of the series")
        String trace,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY, meaning = "Name of the VM") String vm,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY, meaning = "Workload in the VM")
        String workload,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning =
                "recording or synthetic; a synthetic series' properties are input, not findings")
        String origin,
    @Metric(
            unit = Unit.MILLISECONDS,
            aggregation = Aggregation.KEY,
            meaning = "Checkpointing interval. Empty if it is not a whole number of milliseconds")
        @Nullable Long intervalMs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.KEY,
            meaning = "Checkpointing interval, exactly")
        long intervalNs,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY, meaning = "Checkpoints in the series")
        long checkpoints,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.KEY,
            meaning = "Number of checkpoints in which the pages were dirty")
        long dirtyCheckpoints,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Pages that were dirty in exactly so many checkpoints")
        long pages) {}
