package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CostClock;
import emulha.codecs.Counters;
import emulha.codecs.EncoderContext;
import emulha.codecs.FrameSink;
import emulha.codecs.Method;
import emulha.codecs.SharedChunks;
import emulha.codecs.StageContext;
import emulha.codecs.StageWorker;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The sender's half of a method: encodes the checkpoints of concurrently protected VMs one after
 * another. For each checkpoint: {@link #begin}, then {@link #encode} once per VM in ascending
 * order, then {@link #end}. Output goes to the {@link FrameSink} given at creation. Owned by one
 * thread.
 *
 * <p>The method's stages are driven by one {@link EncoderPipeline} per encoder thread, each with
 * lanes of its own behind those of the thread before.
 */
public final class CheckpointEncoder implements AutoCloseable {
  private final Method method;
  private final Workers workers;
  private final List<EncoderPipeline> pipelines;
  private final StageWorker.Several<IOException> all;
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  private CheckpointEncoder(Method method, Workers workers, List<EncoderPipeline> pipelines) {
    this.method = method;
    this.workers = workers;
    this.pipelines = pipelines;
    all = new StageWorker.Several<>(pipelines);
  }

  /**
   * Makes a method's encoder, whose bytes depend on the checkpoints only; encoder threads run in
   * turn on the calling thread. For pages of {@link PageSize#SMALL}.
   *
   * @param ramPages number of page frames of each VM
   * @param sink takes the encoded bytes
   */
  public static CheckpointEncoder of(Method method, long[] ramPages, FrameSink sink) {
    return of(method, PageSize.SMALL, ramPages, sink, Workers.IN_TURN, null, null);
  }

  /**
   * Makes a method's encoder.
   *
   * @param pageSize size of the pages of all VMs
   * @param ramPages number of page frames of each VM
   * @param sink takes the encoded bytes, from one thread at a time
   * @param workers runs the {@link Method#encoders} encoder threads, if they are more than one
   * @param clock for stages that choose by measured cost; null: by fixed costs, so that the bytes
   *     depend on the checkpoints only
   * @param table at {@link Method#table}
   * @throws IllegalArgumentException if the method shares a table, and none is given, does not work
   *     on pages of that size, or has too many lanes
   */
  public static CheckpointEncoder of(
      Method method,
      PageSize pageSize,
      long[] ramPages,
      FrameSink sink,
      Workers workers,
      @Nullable CostClock clock,
      @Nullable SharedChunks table) {
    method.require(pageSize);
    int encoders = method.encoders();
    FrameSink frames = encoders == 1 ? sink : oneAtATime(sink);
    var common = new StageContext.Common(pageSize, ramPages, encoders, clock, table);
    return new CheckpointEncoder(
        method,
        workers,
        Pipeline.ofEach(
            method,
            (encoder, firstLane) -> {
              var counters = new Counters(method.counters());
              return new EncoderPipeline(
                  method.stages(),
                  new EncoderContext(common, encoder, firstLane, frames, counters));
            }));
  }

  private static FrameSink oneAtATime(FrameSink sink) {
    var lock = new ReentrantLock();
    return (lane, bytes, offset, length) -> {
      lock.lock();
      try {
        sink.frame(lane, bytes, offset, length);
      } finally {
        lock.unlock();
      }
    };
  }

  public void begin(CheckpointKind kind) throws IOException {
    this.kind = kind;
    all.beginCheckpoint(kind);
  }

  /**
   * Encodes one VM's pages; on return all its bytes have been given to the sink.
   *
   * @param pages must not change until {@link #end}, or {@link #supply}: later VMs' pages may be
   *     compared with them
   */
  public void encode(int vm, DirtyPages pages) throws IOException {
    all.beginVm(vm, pages);
    boolean priming = kind == CheckpointKind.PRIMING;
    List<Workers.Task> tasks = new ArrayList<>();
    for (EncoderPipeline pipeline : pipelines) {
      tasks.add(priming ? () -> pipeline.prime(vm, pages) : () -> pipeline.encode(vm, pages));
    }
    (tasks.size() == 1 ? Workers.IN_TURN : workers).run(tasks);
    all.endVm(vm);
  }

  /** Ends the checkpoint. Writes nothing. */
  public void end() throws IOException {
    all.endCheckpoint();
  }

  /**
   * After {@link #end}, with the pages as they were: writes what the receiver misses.
   *
   * @param missing what {@link CheckpointDecoder#fetch} returned
   * @throws IllegalArgumentException if more is missing than was named
   */
  public void supply(BitSet missing) throws IOException {
    for (EncoderPipeline pipeline : pipelines) {
      pipeline.supply(missing);
    }
  }

  /** Bytes of encoded page content written since creation: the payload lanes. */
  public long payloadBytes() {
    return pipelines.stream().mapToLong(pipeline -> pipeline.context().payloadBytes()).sum();
  }

  /** What was counted since creation, by the counters that the method has. */
  public Counters counters() {
    var total = new Counters(method.counters());
    pipelines.forEach(pipeline -> total.add(pipeline.context().counters()));
    return total;
  }

  /** Bytes that the key data structures retain now (Hou §3.2, memory cost). */
  public long retainedBytes() {
    return all.retainedBytes();
  }

  /** Bytes taken for them, in use or not: at least {@link #retainedBytes}. */
  public long allocatedBytes() {
    return all.allocatedBytes();
  }

  @Override
  public void close() {
    all.close();
  }
}
