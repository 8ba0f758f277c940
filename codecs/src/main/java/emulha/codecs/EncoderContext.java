package emulha.codecs;

import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a pipeline's stage encoders share: lanes, counters, and the shape of the VMs. */
public final class EncoderContext {
  private final List<LaneWriter> lanes = new ArrayList<>();
  private final List<LaneWriter> payload = new ArrayList<>();
  private final Common common;
  private final int encoder;
  private final @Nullable FrameSink sink;
  private final int firstLane;
  private final Counters counters;

  /** What the encoder threads of a method have in common. */
  public static final class Common {
    private final PageSize pageSize;
    private final long[] ramPages;
    private final int encoders;
    private final @Nullable CostClock clock;
    private final @Nullable SharedChunks table;
    private final IdentityHashMap<Object, Object> shared = new IdentityHashMap<>();

    /**
     * @param pageSize size of the pages of all VMs
     * @param ramPages number of page frames of each VM
     * @param encoders number of encoder threads
     * @param clock at {@link #clock}
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

  /**
   * The context of an encoder thread.
   *
   * @param encoder its number, from 0
   * @param sink takes what lanes hold when they are full or flushed; null: it waits in them
   * @param firstLane number of its control lane
   * @param counters where its stages count
   */
  public EncoderContext(
      Common common, int encoder, @Nullable FrameSink sink, int firstLane, Counters counters) {
    this.common = common;
    this.encoder = encoder;
    this.sink = sink;
    this.firstLane = firstLane;
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
    return common.ramPages.length;
  }

  /** Size of the pages of all VMs. */
  public PageSize pageSize() {
    return common.pageSize;
  }

  /** Number of page frames of a VM. */
  public long ramPages(int vm) {
    return common.ramPages[vm];
  }

  /** Where the stages count. */
  public Counters counters() {
    return counters;
  }

  /** Number of encoder threads; each has a worker of every stage. */
  public int encoders() {
    return common.encoders;
  }

  /** Number of this encoder thread, from 0. */
  public int encoder() {
    return encoder;
  }

  /** Whether this encoder thread is the one that encodes a page. */
  public boolean owns(long pfn) {
    return common.encoders == 1 || pfn % common.encoders == encoder;
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

  /**
   * The table that hosts share.
   *
   * @throws IllegalArgumentException if the encoder was made without one
   */
  public SharedChunks sharedChunks() {
    return required(common.table);
  }

  static SharedChunks required(@Nullable SharedChunks table) {
    if (table == null) {
      throw new IllegalArgumentException(
          "a table shared between hosts takes a sender and a receiver, whose results depend on the"
              + " other hosts; use emulhacp and emulharcv, or leave out the key 'table'");
    }
    return table;
  }

  /** A context whose lanes go nowhere: what is written waits for {@link #moveTo}. */
  EncoderContext apart() {
    return new EncoderContext(common, encoder, null, 0, new Counters(EnumSet.allOf(Counter.class)));
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

  /** Forgets what is buffered in all lanes. */
  void discard() {
    lanes.forEach(LaneWriter::discard);
  }

  long bufferedPayloadBytes() {
    return payload.stream().mapToLong(LaneWriter::buffered).sum();
  }

  /** Number of lanes that are open. */
  public int lanes() {
    return lanes.size();
  }

  public void flush() throws IOException {
    for (LaneWriter lane : lanes) {
      lane.flush();
    }
  }

  public long payloadBytes() {
    return payload.stream().mapToLong(LaneWriter::totalBytes).sum();
  }
}
