package emulha.codecs;

import java.util.BitSet;

/**
 * A stage's worker at the receiver; the mirror of {@link StageEncoder}. Owned by one thread, but
 * for {@link #fetch}.
 */
public interface StageDecoder extends StageWorker<CorruptEncodingException> {
  /** Fills in all bytes of the block, from this stage's lane or through the next stage. */
  void decode(Block block) throws CorruptEncodingException;

  /**
   * Gets what a received checkpoint names and does not carry, and adds it to a lane of its own. May
   * run while an earlier checkpoint is decoded, so it touches nothing else.
   *
   * @return numbers of the named contents that could not be got
   */
  default BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    return new BitSet();
  }
}
