package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code duplicates.csv}: equal chunks in the checkpoints of one number of all VMs given
 * together; nothing is remembered from one checkpoint to the next (Hou §4.2). Same rules as {@link
 * CheckpointRow}.
 */
public record DuplicateRow(
    SeriesKey series,
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY)
        @Meaning("Number of the checkpoint, incremental ones from 0")
        long checkpoint,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY) @Meaning("Size of a chunk")
        int chunkBytes,
    Chunks all,
    Zeros zeros) {
  /** Chunks of any content. */
  public record Chunks(
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks in the VM's part of the checkpoint")
          long chunks,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks whose first occurrence, VMs in the order given, is in the same VM")
          long duplicateChunksIntra,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks whose first occurrence, VMs in the order given, is in an earlier VM")
          long duplicateChunksInter,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks that are duplicates when the VM is processed alone")
          long duplicateChunksAlone,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks that are duplicates when the VM is processed after all others")
          long duplicateChunksLast) {}

  /** Those of them that are all zeros. */
  public record Zeros(
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM) @Meaning("Chunks of zeros")
          long zeroChunks,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks of zeros among duplicate_chunks_intra")
          long duplicateZeroChunksIntra,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM)
          @Meaning("Chunks of zeros among duplicate_chunks_inter")
          long duplicateZeroChunksInter) {}
}
