package emulha.codecs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a pipeline's stage encoders share: lanes, counters, and the shape of the VMs. */
public final class EncoderContext extends StageContext<LaneWriter> {
  private final List<LaneWriter> payload = new ArrayList<>();
  private final @Nullable FrameSink sink;
  private final Counters counters;

  /**
   * The context of an encoder thread.
   *
   * @param encoder its number, from 0
   * @param firstLane number of its control lane
   * @param sink takes what lanes hold when they are full or flushed; null: it waits in them
   * @param counters where its stages count
   */
  public EncoderContext(
      Common common, int encoder, int firstLane, @Nullable FrameSink sink, Counters counters) {
    super(common, encoder, firstLane);
    this.sink = sink;
    this.counters = counters;
    openIndexLane();
  }

  @Override
  public LaneWriter openLane() {
    LaneWriter lane = openIndexLane();
    payload.add(lane);
    return lane;
  }

  @Override
  public LaneWriter openIndexLane() {
    LaneWriter lane = new LaneWriter(firstLane + lanes.size(), sink);
    lanes.add(lane);
    return lane;
  }

  public Counters counters() {
    return counters;
  }

  /** Number of this encoder thread, from 0. */
  public int encoder() {
    return encoder;
  }

  /**
   * What the workers of a stage hold in common: made by the first that asks, from within {@link
   * Stage#newEncoder}. They may change it from their {@code begin…} and {@code end…} methods, which
   * never run at the same time; from {@code encode} and {@code skip} only if it is thread-safe.
   */
  public <T> T shared(Stage stage, Class<T> type, Supplier<T> maker) {
    return type.cast(common.shared.computeIfAbsent(stage, key -> maker.get()));
  }

  /** CPU time of the calling thread; null if the encoder is to depend on the pages only. */
  public @Nullable CostClock clock() {
    return common.clock;
  }

  /** A context whose lanes go nowhere: what is written waits for {@link #moveTo}. */
  EncoderContext apart() {
    return new EncoderContext(common, encoder, 0, null, new Counters(EnumSet.allOf(Counter.class)));
  }

  /** Opens lanes of the same kinds as another context's, the control lane left out. */
  List<LaneWriter> openLanesLike(EncoderContext other) {
    List<LaneWriter> opened = new ArrayList<>();
    for (LaneWriter lane : other.lanes.subList(1, other.lanes.size())) {
      opened.add(other.payload.contains(lane) ? openLane() : openIndexLane());
    }
    return opened;
  }

  /** Moves what is buffered to a control lane, and to other lanes in the order of opening. */
  void moveTo(LaneWriter control, List<LaneWriter> others) throws IOException {
    lanes.getFirst().moveTo(control);
    for (int i = 0; i < others.size(); i++) {
      lanes.get(i + 1).moveTo(others.get(i));
    }
  }

  void discard() {
    lanes.forEach(LaneWriter::discard);
  }

  long bufferedPayloadBytes() {
    return payload.stream().mapToLong(LaneWriter::buffered).sum();
  }

  /** Gives what is buffered to the sink. */
  public void flush() throws IOException {
    for (LaneWriter lane : lanes) {
      lane.flush();
    }
  }

  /** Bytes of encoded content written since creation: those of the payload lanes. */
  public long payloadBytes() {
    return payload.stream().mapToLong(LaneWriter::totalBytes).sum();
  }
}
