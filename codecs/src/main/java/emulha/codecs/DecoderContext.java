package emulha.codecs;

import emulha.memory.PageSize;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pipeline's stage decoders share: lanes, earlier pages, and the shape of the VMs. */
public final class DecoderContext {
  private final List<LaneReader> lanes = new ArrayList<>();
  private final int firstLane;
  private final PageSize pageSize;
  private final long[] ramPages;
  private final PreviousPages previous;
  private final int encoder;
  private final int encoders;
  private final @Nullable SharedChunks table;

  /**
   * The context of the decoder of an encoder thread's pages, its lanes from {@code firstLane} on.
   */
  public DecoderContext(
      int firstLane,
      PageSize pageSize,
      long[] ramPages,
      PreviousPages previous,
      int encoder,
      int encoders,
      @Nullable SharedChunks table) {
    this.firstLane = firstLane;
    this.pageSize = pageSize;
    this.ramPages = ramPages;
    this.previous = previous;
    this.encoder = encoder;
    this.encoders = encoders;
    this.table = table;
    openLane();
  }

  /** Opens the next payload lane. Encoder and decoder of a stage open theirs in the same order. */
  public LaneReader openLane() {
    LaneReader lane = new LaneReader(firstLane + lanes.size());
    lanes.add(lane);
    return lane;
  }

  /** Opens the next lane for what locates content and is none. */
  public LaneReader openIndexLane() {
    return openLane();
  }

  /** The lane of page numbers and tags. */
  public LaneReader control() {
    return lanes.getFirst();
  }

  /** Number of VMs. */
  public int vms() {
    return ramPages.length;
  }

  /** Size of the pages of all VMs. */
  public PageSize pageSize() {
    return pageSize;
  }

  /** Number of page frames of a VM. */
  public long ramPages(int vm) {
    return ramPages[vm];
  }

  /** The fail-over images before this checkpoint. */
  public PreviousPages previous() {
    return previous;
  }

  /**
   * The table that hosts share.
   *
   * @throws IllegalArgumentException if the decoder was made without one
   */
  public SharedChunks sharedChunks() {
    return EncoderContext.required(table);
  }

  /** The lane that was opened so many lanes after the first. */
  public LaneReader reader(int index) {
    return lanes.get(index);
  }

  public boolean owns(long pfn) {
    return encoders == 1 || pfn % encoders == encoder;
  }

  /** Number of lanes that are open. */
  public int lanes() {
    return lanes.size();
  }

  /** Starts reading a checkpoint's lanes. */
  public void open(EncodedCheckpoint encoded) {
    for (LaneReader lane : lanes) {
      lane.open(encoded);
    }
  }

  /** Refuses what nobody read in the lanes. */
  public void requireConsumed() throws CorruptEncodingException {
    for (LaneReader lane : lanes) {
      if (lane.remaining() != 0) {
        throw lane.corrupt(lane.remaining() + " bytes left over at the end of the checkpoint");
      }
    }
  }
}
