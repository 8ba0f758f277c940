package emulha.codecs;

import java.io.IOException;
import java.util.BitSet;

/**
 * A stage's worker at the sender. It either settles a block (writes a tag other than {@link
 * #HANDED_ON} to the control lane and the encoded content to its own payload lane) or writes {@link
 * #HANDED_ON} and gives the block, or what is left of it, to the next stage. Owned by one thread;
 * with several encoder threads, {@link #encode} and {@link #skip} run on the worker's own, all else
 * on the caller's.
 */
public interface StageEncoder extends StageWorker<IOException> {
  /** Tag of a block that the stage did not settle. */
  int HANDED_ON = 0;

  /** Settles a block or hands it on. */
  void encode(Block block) throws IOException;

  /**
   * Writes what the receiver misses of the checkpoint that has just ended; see {@link
   * StageDecoder#fetch}.
   *
   * @param missing as the receiver's stage said
   * @throws IllegalArgumentException if more is missing than was named
   */
  default void supply(BitSet missing) throws IOException {}
}
