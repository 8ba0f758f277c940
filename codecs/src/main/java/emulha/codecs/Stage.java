package emulha.codecs;

import emulha.memory.PageSize;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** One step of a method, with its parameters: immutable, makes the workers that do the step. */
public interface Stage {
  /** Kinds of blocks that the stage can be given. */
  default Set<Block.Kind> accepts() {
    return Set.of(Block.Kind.PAGE, Block.Kind.CHUNK, Block.Kind.RESIDUE);
  }

  /**
   * Kinds of blocks that the stage hands on to a stage behind it, given blocks of the kinds in
   * {@code given}: by default these. Empty: the stage settles everything, and nothing can stand
   * behind it. What it hands on when it is last goes whole.
   */
  default Set<Block.Kind> handsOn(Set<Block.Kind> given) {
    return given;
  }

  /**
   * Whether the stage leaves every block as it was given it, so that where it is a choice among
   * others, what stands behind them may still take the block.
   */
  default boolean leavesAsGiven() {
    return false;
  }

  /** What the stage counts. */
  default Set<Counter> counters() {
    return Set.of();
  }

  /** Which implementation does the work on this machine, for example {@code native zlib 1.3.1}. */
  default String binding() {
    return "java";
  }

  /**
   * Whether pages that the guest holds free are not sent, so that the receiver holds zeros there.
   */
  default boolean excludesFreePages() {
    return false;
  }

  /**
   * Why the pages of a checkpoint cannot be shared out to several encoder threads and give the same
   * bytes; empty if they can. Then {@link EncoderContext#owns} says which pages a worker is given.
   *
   * @param first whether the stage is given every page of a checkpoint: whether it is a method's
   *     first
   */
  default Optional<String> whyOneEncoder(boolean first) {
    return Optional.of("it does not say that its pages are encoded independently");
  }

  /**
   * Whether any page can be decoded from its own bytes in each lane and its previous content, the
   * other pages of the checkpoint unseen.
   */
  default boolean decodesPagesAlone() {
    return whyOneEncoder(true).isEmpty();
  }

  /**
   * Why the stage cannot work on pages of a size; empty if it can. The reason says what does, for a
   * line that begins with the method.
   */
  default Optional<String> whyNot(PageSize pageSize) {
    return Optional.empty();
  }

  /**
   * Whether the stage writes nothing of a VM's part of a checkpoint before it has been given all of
   * it, so that encoding and sending do not overlap.
   */
  default boolean gathers() {
    return false;
  }

  /** Number of encoder threads if the method does not say. */
  default int usualEncoders() {
    return 1;
  }

  /**
   * CPU time of encoding a page of 4096 bytes, in nanoseconds, for choices that are not to depend
   * on a clock: one or two digits, by a native library on a 3 GHz x86-64 core.
   */
  default int usualNanos() {
    return 20_000;
  }

  /**
   * Number of connections over which the method is to be sent; 0 for a stage that has no say in it.
   * One that has encodes nothing, and may stand anywhere in a method.
   */
  default int connections() {
    return 0;
  }

  /**
   * Bytes of memory outside the heap that a worker at the receiver may take, however small the VMs
   * are; 0 if they are few.
   */
  default long receiverBytes() {
    return 0;
  }

  /** Where the table is that the stage shares with other hosts, if it does. */
  default Optional<URI> table() {
    return Optional.empty();
  }

  /** Makes the sender's worker, one per encoder thread. */
  StageEncoder newEncoder(EncoderContext context, StageEncoder next);

  /** Makes the receiver's worker. */
  StageDecoder newDecoder(DecoderContext context, StageDecoder next);
}
