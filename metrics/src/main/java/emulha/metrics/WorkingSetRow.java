package emulha.metrics;

import emulha.metrics.Metric.Aggregation;
import emulha.metrics.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code working_set.csv}: distinct pages written in a window of time, over all positions
 * of the window in the series. Same rules as {@link CheckpointRow}.
 */
public record WorkingSetRow(
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
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.KEY,
            meaning = "Length of the window in checkpoints")
        long windowCheckpoints,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM, meaning = "Positions of the window")
        long windows,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Distinct dirty pages of each window, summed over the windows")
        long dirtyPages,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.MEAN,
            meaning = "Distinct dirty pages of the window at the start of the series")
        long firstPages) {}
