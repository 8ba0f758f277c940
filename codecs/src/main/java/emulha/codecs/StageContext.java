package emulha.codecs;

import emulha.memory.PageSize;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline's workers at either end share: lanes, and the shape of the VMs.
 *
 * @param <L> an end of a lane
 */
public abstract sealed class StageContext<L> permits EncoderContext, DecoderContext {
  final List<L> lanes = new ArrayList<>();
  final Common common;
  final int encoder;
  final int firstLane;

  /** What the encoder threads of a method have in common. */
  public static final class Common {
    private final PageSize pageSize;
    private final long[] ramPages;
    private final int encoders;
    final @Nullable CostClock clock;
    private final @Nullable SharedChunks table;
    final IdentityHashMap<Object, Object> shared = new IdentityHashMap<>();

    /**
     * @param ramPages number of page frames of each VM
     * @param clock at {@link EncoderContext#clock}
     * @param table at {@link #sharedChunks}; null if there is none
     */
    public Common(
        PageSize pageSize,
        long[] ramPages,
        int encoders,
        @Nullable CostClock clock,
        @Nullable SharedChunks table) {
      this.pageSize = pageSize;
      this.ramPages = ramPages.clone();
      this.encoders = encoders;
      this.clock = clock;
      this.table = table;
    }
  }

  StageContext(Common common, int encoder, int firstLane) {
    this.common = common;
    this.encoder = encoder;
    this.firstLane = firstLane;
  }

  /** Opens the next payload lane. Encoder and decoder of a stage open theirs in the same order. */
  public abstract L openLane();

  /**
   * Opens the next lane for what locates content and is none: its bytes do not count as payload.
   */
  public abstract L openIndexLane();

  /** The lane of page numbers and tags. */
  public final L control() {
    return lanes.getFirst();
  }

  /** Number of lanes that are open. */
  public final int lanes() {
    return lanes.size();
  }

  /** Number of VMs. */
  public final int vms() {
    return common.ramPages.length;
  }

  /** Size of the pages of all VMs. */
  public final PageSize pageSize() {
    return common.pageSize;
  }

  /** Number of page frames of a VM. */
  public final long ramPages(int vm) {
    return common.ramPages[vm];
  }

  /** Number of encoder threads; each has a worker of every stage. */
  public final int encoders() {
    return common.encoders;
  }

  /** Whether this encoder thread is the one that encodes a page. */
  public final boolean owns(long pfn) {
    return common.encoders == 1 || pfn % common.encoders == encoder;
  }

  /**
   * The table that hosts share.
   *
   * @throws IllegalArgumentException if encoder or decoder was made without one
   */
  public final SharedChunks sharedChunks() {
    SharedChunks table = common.table;
    if (table == null) {
      throw new IllegalArgumentException(
          "a table shared between hosts takes a sender and a receiver, whose results depend on the"
              + " other hosts; use emulhacp and emulharcv, or leave out the key 'table'");
    }
    return table;
  }
}
