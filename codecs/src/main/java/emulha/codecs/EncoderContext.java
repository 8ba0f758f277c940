package emulha.codecs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;

/** What a pipeline's stage encoders share: lanes, counters, and the shape of the VMs. */
public final class EncoderContext {
  private final List<LaneWriter> lanes = new ArrayList<>();
  private final List<LaneWriter> payload = new ArrayList<>();
  private final FrameSink sink;
  private final int firstLane;
  private final long[] ramPages;
  private final Counters counters;
  private final int encoder;
  private final int encoders;
  private final IdentityHashMap<Object, Object> shared;

  EncoderContext(
      FrameSink sink,
      int firstLane,
      long[] ramPages,
      Counters counters,
      int encoder,
      int encoders,
      IdentityHashMap<Object, Object> shared) {
    this.sink = sink;
    this.firstLane = firstLane;
    this.ramPages = ramPages;
    this.counters = counters;
    this.encoder = encoder;
    this.encoders = encoders;
    this.shared = shared;
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

  /** Number of encoder threads; each has a worker of every stage. */
  public int encoders() {
    return encoders;
  }

  /** Number of this encoder thread, from 0. */
  public int encoder() {
    return encoder;
  }

  /** Whether this encoder thread is the one that encodes a page. */
  public boolean owns(long pfn) {
    return encoders == 1 || pfn % encoders == encoder;
  }

  /**
   * What the workers of a stage hold in common: made by the first that asks, from within {@link
   * Stage#newEncoder}. They may change it from their {@code begin…} and {@code end…} methods, which
   * never run at the same time; from {@code encode} and {@code skip} only if it is thread-safe.
   */
  public <T> T shared(Stage stage, Class<T> type, Supplier<T> maker) {
    return type.cast(shared.computeIfAbsent(stage, key -> maker.get()));
  }

  int lanes() {
    return lanes.size();
  }

  void flush() throws IOException {
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
