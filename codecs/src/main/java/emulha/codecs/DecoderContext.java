package emulha.codecs;

/** What a pipeline's stage decoders share: lanes, earlier pages, and the shape of the VMs. */
public final class DecoderContext extends StageContext<LaneReader> {
  /** The fail-over images as they were before the checkpoint being decoded. */
  @FunctionalInterface
  public interface PreviousPages {
    /** Copies a page's content. The frame number is within the VM's RAM. */
    void read(int vm, long pfn, byte[] target, int offset);
  }

  private final PreviousPages previous;

  /**
   * The context of the decoder of an encoder thread's pages.
   *
   * @param encoder the thread's number, from 0
   * @param firstLane number of its control lane
   */
  public DecoderContext(Common common, int encoder, int firstLane, PreviousPages previous) {
    super(common, encoder, firstLane);
    this.previous = previous;
    openLane();
  }

  @Override
  public LaneReader openLane() {
    LaneReader lane = new LaneReader(firstLane + lanes.size());
    lanes.add(lane);
    return lane;
  }

  @Override
  public LaneReader openIndexLane() {
    return openLane();
  }

  /** The fail-over images before this checkpoint. */
  public PreviousPages previous() {
    return previous;
  }

  /** The lane that was opened so many lanes after the first. */
  public LaneReader reader(int index) {
    return lanes.get(index);
  }

  /** Starts reading a checkpoint's lanes. */
  public void open(EncodedCheckpoint encoded) {
    lanes.forEach(lane -> lane.open(encoded));
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
