package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CostClock;
import emulha.codecs.Counters;
import emulha.codecs.FrameSink;
import emulha.codecs.Method;
import emulha.codecs.SharedChunks;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The sender's half of a method: encodes the checkpoints of concurrently protected VMs one after
 * another. For each checkpoint: {@link #begin}, then {@link #encode} once per VM in ascending
 * order, then {@link #end}. Output goes to the {@link FrameSink} given at creation. Owned by one
 * thread.
 */
public interface CheckpointEncoder extends AutoCloseable {
  /**
   * Makes a method's encoder, whose bytes depend on the checkpoints only; encoder threads run in
   * turn on the calling thread. For pages of {@link PageSize#SMALL}.
   *
   * @param ramPages number of page frames of each VM
   * @param sink takes the encoded bytes
   */
  static CheckpointEncoder of(Method method, long[] ramPages, FrameSink sink) {
    return of(method, PageSize.SMALL, ramPages, sink, Workers.IN_TURN, null, null);
  }

  /**
   * Makes a method's encoder.
   *
   * @param pageSize size of the pages of all VMs
   * @param ramPages number of page frames of each VM
   * @param sink takes the encoded bytes, from one thread at a time
   * @param workers runs the {@link Method#encoders} encoder threads, if they are more than one
   * @param clock for stages that choose by measured cost; null: by fixed costs, so that the bytes
   *     depend on the checkpoints only
   * @param table at {@link Method#table}
   * @throws IllegalArgumentException if the method shares a table, and none is given, or does not
   *     work on pages of that size
   */
  static CheckpointEncoder of(
      Method method,
      PageSize pageSize,
      long[] ramPages,
      FrameSink sink,
      Workers workers,
      @Nullable CostClock clock,
      @Nullable SharedChunks table) {
    method.require(pageSize);
    return new PipelineEncoder(method, pageSize, ramPages.clone(), sink, workers, clock, table);
  }

  /** Starts a checkpoint. */
  void begin(CheckpointKind kind) throws IOException;

  /**
   * Encodes one VM's pages; on return all its bytes have been given to the sink.
   *
   * @param pages must not change until {@link #end}, or {@link #supply}: later VMs' pages may be
   *     compared with them
   */
  void encode(int vm, DirtyPages pages) throws IOException;

  /** Ends the checkpoint. Writes nothing. */
  void end() throws IOException;

  /**
   * After {@link #end}, with the pages as they were: writes what the receiver misses.
   *
   * @param missing what {@link CheckpointDecoder#fetch} returned
   * @throws IllegalArgumentException if more is missing than was named
   */
  void supply(BitSet missing) throws IOException;

  /** Bytes of encoded page content written since creation: the payload lanes. */
  long payloadBytes();

  /** What was counted since creation, by the counters that the method has. */
  Counters counters();

  /** Bytes that the key data structures retain now (Hou §3.2, memory cost). */
  long retainedBytes();

  /** Bytes taken for them, in use or not: at least {@link #retainedBytes}. */
  long allocatedBytes();

  @Override
  void close();
}
