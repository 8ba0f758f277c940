package emulha.metrics;

import emulha.metrics.Metric.Aggregation;
import emulha.metrics.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code duplicates.csv}: equal chunks in the checkpoints of one number of all VMs given
 * together; nothing is remembered from one checkpoint to the next (Hou §4.2). Same rules as {@link
 * CheckpointRow}.
 */
public record DuplicateRow(
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
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "Number of the checkpoint, incremental ones from 0")
        long checkpoint,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY, meaning = "Size of a chunk")
        int chunkBytes,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks in the VM's part of the checkpoint")
        long chunks,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks whose first occurrence, VMs in the order given, is in the same VM")
        long duplicateChunksIntra,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks whose first occurrence, VMs in the order given, is in an earlier VM")
        long duplicateChunksInter,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks that are duplicates when the VM is processed alone")
        long duplicateChunksAlone,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks that are duplicates when the VM is processed after all others")
        long duplicateChunksLast,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM, meaning = "Chunks of zeros")
        long zeroChunks,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks of zeros among duplicate_chunks_intra")
        long duplicateZeroChunksIntra,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Chunks of zeros among duplicate_chunks_inter")
        long duplicateZeroChunksInter) {}
