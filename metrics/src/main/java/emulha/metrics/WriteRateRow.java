package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code write_rates.csv}: pages that were dirty in the same number of checkpoints of a
 * series. Same rules as {@link CheckpointRow}.
 */
public record WriteRateRow(
    SeriesKey series,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY) @Meaning("Checkpoints in the series")
        long checkpoints,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY)
        @Meaning("Number of checkpoints in which the pages were dirty")
        long dirtyCheckpoints,
    @Count("Pages that were dirty in exactly so many checkpoints") long pages) {}
