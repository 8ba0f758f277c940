package emulha.metrics;

import emulha.metrics.Metric.Aggregation;
import emulha.metrics.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code checkpoint_sizes.csv}: how large the checkpoints of a series are at one interval
 * (Hou Table 2). Same rules as {@link CheckpointRow}.
 */
public record CheckpointSizeRow(
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
            aggregation = Aggregation.SUM,
            meaning = "Full intervals in the series; pages of a last, shorter one are not counted")
        long checkpoints,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Distinct dirty pages of each interval, summed over the intervals")
        long dirtyPages,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.MEAN,
            meaning = "dirty_pages * 4096 / checkpoints, to the nearest byte (Hou Table 2)")
        long meanBytes) {}
