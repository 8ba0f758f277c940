package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code spectrum.csv}: pages of one write rate in a profile's fit. Same rules as {@link
 * CheckpointRow}.
 */
public record SpectrumRow(
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY) @Meaning("Name of the profile")
        String profile,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY) @Meaning("Workload that it stands for")
        String workload,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY)
        @Meaning("Writes per page in 10^6 seconds, to the nearest whole one")
        long writesPerMegasecond,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM) @Meaning("Pages of this rate")
        long pages) {}
