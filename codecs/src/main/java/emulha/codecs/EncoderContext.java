package emulha.codecs;

import java.util.ArrayList;
import java.util.List;

/** What a pipeline's stage encoders share: lanes, counters, and the shape of the VMs. */
public final class EncoderContext {
  private final List<LaneWriter> lanes = new ArrayList<>();
  private final List<LaneWriter> payload = new ArrayList<>();
  private final FrameSink sink;
  private final int firstLane;
  private final long[] ramPages;
  private final Counters counters;

  EncoderContext(FrameSink sink, int firstLane, long[] ramPages, Counters counters) {
    this.sink = sink;
    this.firstLane = firstLane;
    this.ramPages = ramPages;
    this.counters = counters;
    openIndexLane();
  }

  /** Opens the next payload lane. Encoder and decoder of a stage open theirs in the same order. */
  public LaneWriter openLane() {
    LaneWriter lane = openIndexLane();
    payload.add(lane);
    return lane;
  }

  /**
   * Opens the next lane for what locates content and is none: its bytes do not count as payload.
   */
  public LaneWriter openIndexLane() {
    LaneWriter lane = new LaneWriter(firstLane + lanes.size(), sink);
    lanes.add(lane);
    return lane;
  }

  /** The lane of page numbers and tags. */
  public LaneWriter control() {
    return lanes.getFirst();
  }

  /** Number of VMs. */
  public int vms() {
    return ramPages.length;
  }

  /** Number of page frames of a VM. */
  public long ramPages(int vm) {
    return ramPages[vm];
  }

  /** Where the stages count. */
  public Counters counters() {
    return counters;
  }

  void flush() throws java.io.IOException {
    for (LaneWriter lane : lanes) {
      lane.flush();
    }
  }

  long payloadBytes() {
    long total = 0;
    for (LaneWriter lane : payload) {
      total += lane.totalBytes();
    }
    return total;
  }
}
