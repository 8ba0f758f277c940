package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code bitmap_scan.csv}: the time one way of scanning a dirty bitmap takes (FITDOC
 * §III.B, Figure 7). Same rules as {@link CheckpointRow}.
 */
public record BitmapScanRow(
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY)
        @Meaning("RAM of the VM, in which the dirty pages lie")
        long ramBytes,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY)
        @Meaning("Address space that the bitmap covers")
        long addressSpaceBytes,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.KEY)
        @Meaning("Dirty pages, spread evenly at random over RAM")
        long dirtyPages,
    @Identifier(
            "bit: bit by bit; flags: bit by bit where the two levels of flags say so; word: 64 bits at a time")
        String scan,
    @Count("Timed scans") int scans,
    @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
        @Meaning("Median time of a scan that lists the dirty page frame numbers")
        long medianNs,
    @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
        @Meaning("Shortest time of a scan")
        long minNs,
    @Metric(unit = Unit.PARTS_PER_MILLION, aggregation = Aggregation.MEAN)
        @Meaning("median_ns as a part of the bit by bit scan's")
        long ofBitPpm) {}
