package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code miss_ratio.csv}: what a delta cache of one size would do on a series: strict LRU,
 * empty at the start, hit or miss the page becomes the most recent. A larger cache than the last
 * row's has the same hits and no evictions. Same rules as {@link CheckpointRow}.
 */
public record MissRatioRow(
    SeriesKey series,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY) @Meaning("Pages that the cache holds")
        long cachePages,
    @Count("Dirty pages of all checkpoints, in order") long accesses,
    @Count("Dirty pages found in the cache") long hits,
    @Count("Dirty pages not found in the cache") long misses,
    @Count("Pages put out of the cache") long evictions) {}
