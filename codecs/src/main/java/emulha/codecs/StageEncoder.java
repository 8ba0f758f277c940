package emulha.codecs;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.BitSet;

/**
 * A stage's worker at the sender. It either settles a block (writes a tag other than {@link
 * #HANDED_ON} to the control lane and the encoded content to its own payload lane) or writes {@link
 * #HANDED_ON} and gives the block, or what is left of it, to the next stage. Owned by one thread;
 * with several encoder threads, {@link #encode} and {@link #skip} run on the worker's own, all else
 * on the caller's.
 */
public interface StageEncoder extends AutoCloseable {
  /** Tag of a block that the stage did not settle. */
  int HANDED_ON = 0;

  /** A checkpoint of all VMs starts. */
  default void beginCheckpoint(CheckpointKind kind) throws IOException {}

  /**
   * One VM's part of the checkpoint starts.
   *
   * @param pages all of the VM's pages, those that other encoder threads encode included
   */
  default void beginVm(int vm, DirtyPages pages) throws IOException {}

  /** Settles a block or hands it on. */
  void encode(Block block) throws IOException;

  /**
   * A page that an earlier stage settled: the receiver's image will hold its new content, which
   * this stage does not see encoded. A stage with a history of pages must take note, and every
   * stage must pass the call on to the next.
   */
  void skip(Block page) throws IOException;

  /** One VM's part of the checkpoint ends: what was held back is written now. */
  default void endVm(int vm) throws IOException {}

  /** The checkpoint ends. Writes nothing. */
  default void endCheckpoint() throws IOException {}

  /**
   * Writes what the receiver misses of the checkpoint that has just ended; see {@link
   * StageDecoder#fetch}.
   *
   * @param missing as the receiver's stage said
   * @throws IllegalArgumentException if more is missing than was named
   */
  default void supply(BitSet missing) throws IOException {}

  /** Bytes that this stage's key data structures retain now. */
  default long retainedBytes() {
    return 0;
  }

  /** Bytes taken for them, in use or not: at least {@link #retainedBytes}. */
  default long allocatedBytes() {
    return retainedBytes();
  }

  @Override
  default void close() {}
}
