package emulha.codecs;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.BitSet;

/**
 * The sender's half of a method: encodes the checkpoints of concurrently protected VMs one after
 * another. For each checkpoint: {@link #begin}, then {@link #encode} once per VM in ascending
 * order, then {@link #end}. Output goes to the {@link FrameSink} given at creation. Owned by one
 * thread.
 */
public interface CheckpointEncoder extends AutoCloseable {
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
