package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;

/**
 * A row of {@code duplicates.csv}: equal chunks in the checkpoints of one number of all VMs given
 * together; nothing is remembered from one checkpoint to the next (Hou §4.2). Same rules as {@link
 * CheckpointRow}.
 */
public record DuplicateRow(
    SeriesKey series,
    @Identifier("Number of the checkpoint, incremental ones from 0") long checkpoint,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY) @Meaning("Size of a chunk")
        int chunkBytes,
    Chunks all,
    Zeros zeros) {
  /** Chunks of any content. */
  public record Chunks(
      @Count("Chunks in the VM's part of the checkpoint") long chunks,
      @Count("Chunks whose first occurrence, VMs in the order given, is in the same VM")
          long duplicateChunksIntra,
      @Count("Chunks whose first occurrence, VMs in the order given, is in an earlier VM")
          long duplicateChunksInter,
      @Count("Chunks that are duplicates when the VM is processed alone") long duplicateChunksAlone,
      @Count("Chunks that are duplicates when the VM is processed after all others")
          long duplicateChunksLast) {}

  /** Those of them that are all zeros. */
  public record Zeros(
      @Count("Chunks of zeros") long zeroChunks,
      @Count("Chunks of zeros among duplicate_chunks_intra") long duplicateZeroChunksIntra,
      @Count("Chunks of zeros among duplicate_chunks_inter") long duplicateZeroChunksInter) {}
}
