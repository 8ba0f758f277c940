package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code checkpoint_sizes.csv}: how large the checkpoints of a series are at one interval
 * (Hou Table 2). Same rules as {@link CheckpointRow}.
 */
public record CheckpointSizeRow(
    SeriesKey series,
    @Count("Full intervals in the series; pages of a last, shorter one are not counted")
        long checkpoints,
    @Count("Distinct dirty pages of each interval, summed over the intervals") long dirtyPages,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN)
        @Meaning("dirty_pages * 4096 / checkpoints, to the nearest byte (Hou Table 2)")
        long meanBytes) {}
