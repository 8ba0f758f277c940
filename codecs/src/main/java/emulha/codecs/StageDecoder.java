package emulha.codecs;

import emulha.memory.DirtyPages;
import java.util.BitSet;

/**
 * A stage's worker at the receiver; the mirror of {@link StageEncoder}. Owned by one thread, but
 * for {@link #fetch}.
 */
public interface StageDecoder extends AutoCloseable {
  /** A completely received checkpoint of all VMs starts; lanes are at their beginning. */
  default void beginCheckpoint(CheckpointKind kind) throws CorruptEncodingException {}

  /**
   * One VM's part starts.
   *
   * @param pages where the VM's decoded pages appear, in order; earlier ones may be read
   */
  default void beginVm(int vm, DirtyPages pages) throws CorruptEncodingException {}

  /** Fills in all bytes of the block, from this stage's lane or through the next stage. */
  void decode(Block block) throws CorruptEncodingException;

  /** A page that an earlier stage settled, its content filled in; passed on to the next stage. */
  void skip(Block page) throws CorruptEncodingException;

  /** One VM's part ends. */
  default void endVm(int vm) throws CorruptEncodingException {}

  /** The checkpoint ends. */
  default void endCheckpoint() throws CorruptEncodingException {}

  /**
   * Gets what a received checkpoint names and does not carry, and adds it to a lane of its own. May
   * run while an earlier checkpoint is decoded, so it touches nothing else.
   *
   * @return numbers of the named contents that could not be got
   */
  default BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    return new BitSet();
  }

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
