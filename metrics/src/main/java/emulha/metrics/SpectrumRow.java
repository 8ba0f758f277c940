package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code spectrum.csv}: pages of one write rate in a profile's fit. Same rules as {@link
 * CheckpointRow}.
 */
public record SpectrumRow(
    @Identifier("Name of the profile") String profile,
    @Identifier("Workload that it stands for") String workload,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY)
        @Meaning("Writes per page in 10^6 seconds, to the nearest whole one")
        long writesPerMegasecond,
    @Count("Pages of this rate") long pages) {}
