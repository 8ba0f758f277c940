package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code working_set.csv}: distinct pages written in a window of time, over all positions
 * of the window in the series. Same rules as {@link CheckpointRow}.
 */
public record WorkingSetRow(
    SeriesKey series,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY)
        @Meaning("Length of the window in checkpoints")
        long windowCheckpoints,
    @Count("Positions of the window") long windows,
    @Count("Distinct dirty pages of each window, summed over the windows") long dirtyPages,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.MEAN)
        @Meaning("Distinct dirty pages of the window at the start of the series")
        long firstPages) {}
