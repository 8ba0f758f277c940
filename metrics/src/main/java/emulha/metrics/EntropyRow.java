package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code entropy.csv}: order-0 entropy of the bytes in a checkpoint, in millionths of a
 * bit per byte, at most 8000000. Same rules as {@link CheckpointRow}.
 */
public record EntropyRow(
    SeriesKey series,
    @Identifier("Number of the checkpoint, incremental ones from 0") long checkpoint,
    @Count("Pages in the checkpoint") long dirtyPages,
    @Metric(unit = Unit.MICROBITS, aggregation = Aggregation.MEAN)
        @Meaning("Entropy of all bytes of the checkpoint together. Empty without pages")
        @Nullable Long entropyMicrobits,
    @Metric(unit = Unit.MICROBITS, aggregation = Aggregation.MEAN)
        @Meaning("Mean of the entropies of its pages. Empty without pages")
        @Nullable Long pageEntropyMicrobits) {}
