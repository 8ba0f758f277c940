package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code size_fit.csv}: a checkpoint size that a profile asks for and what the fitted
 * write rates give. Same rules as {@link CheckpointRow}.
 */
public record SizeFitRow(
    @Identifier("Name of the profile") String profile,
    @Identifier("Workload that it stands for") String workload,
    @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
        @Meaning("Checkpointing interval")
        long intervalMs,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN)
        @Meaning("Average checkpoint size asked for")
        long targetBytes,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN)
        @Meaning("Average checkpoint size that the fitted rates give, to the nearest byte")
        long fittedBytes,
    @Metric(unit = Unit.PARTS_PER_MILLION, aggregation = Aggregation.MEAN)
        @Meaning(
            "(fitted_bytes - target_bytes) / target_bytes, to the nearest millionth; negative if too small")
        long residualPpm,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN)
        @Meaning(
            "How far the target lies below the straight line between its neighbours, of which one is no bytes in no time for the first: above 0, no set of pages written independently can meet all three. 0 at the last")
        long belowChordBytes) {}
