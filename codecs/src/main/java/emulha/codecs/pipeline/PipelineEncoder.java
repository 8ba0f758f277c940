package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CostClock;
import emulha.codecs.Counters;
import emulha.codecs.EncoderContext;
import emulha.codecs.FrameSink;
import emulha.codecs.Method;
import emulha.codecs.SharedChunks;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Drives a method's stages over a checkpoint: one {@link EncoderPipeline} per encoder thread, each
 * with lanes of its own behind those of the thread before.
 */
final class PipelineEncoder implements CheckpointEncoder {
  private final Method method;
  private final Workers workers;
  private final List<EncoderPipeline> pipelines = new ArrayList<>();
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  PipelineEncoder(
      Method method,
      PageSize pageSize,
      long[] ramPages,
      FrameSink sink,
      Workers workers,
      @Nullable CostClock clock,
      @Nullable SharedChunks table) {
    this.method = method;
    this.workers = workers;
    int encoders = method.encoders();
    FrameSink frames = encoders == 1 ? sink : oneAtATime(sink);
    var common = new EncoderContext.Common(pageSize, ramPages, encoders, clock, table);
    int firstLane = 0;
    for (int i = 0; i < encoders; i++) {
      var counters = new Counters(method.counters());
      var context = new EncoderContext(common, i, frames, firstLane, counters);
      pipelines.add(new EncoderPipeline(method.stages(), context));
      firstLane += context.lanes();
    }
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

  @Override
  public void begin(CheckpointKind kind) throws IOException {
    this.kind = kind;
    for (EncoderPipeline pipeline : pipelines) {
      pipeline.begin(kind);
    }
  }

  @Override
  public void encode(int vm, DirtyPages pages) throws IOException {
    for (EncoderPipeline pipeline : pipelines) {
      pipeline.beginVm(vm, pages);
    }
    boolean priming = kind == CheckpointKind.PRIMING;
    List<Workers.Task> tasks = new ArrayList<>();
    for (EncoderPipeline pipeline : pipelines) {
      tasks.add(priming ? () -> pipeline.prime(vm, pages) : () -> pipeline.encode(vm, pages));
    }
    (tasks.size() == 1 ? Workers.IN_TURN : workers).run(tasks);
    for (EncoderPipeline pipeline : pipelines) {
      pipeline.endVm(vm);
    }
  }

  @Override
  public void end() throws IOException {
    for (EncoderPipeline pipeline : pipelines) {
      pipeline.end();
    }
  }

  @Override
  public void supply(BitSet missing) throws IOException {
    for (EncoderPipeline pipeline : pipelines) {
      pipeline.supply(missing);
    }
  }

  @Override
  public long payloadBytes() {
    return pipelines.stream().mapToLong(pipeline -> pipeline.context().payloadBytes()).sum();
  }

  @Override
  public Counters counters() {
    var total = new Counters(method.counters());
    pipelines.forEach(pipeline -> total.add(pipeline.context().counters()));
    return total;
  }

  @Override
  public long retainedBytes() {
    return pipelines.stream().mapToLong(EncoderPipeline::retainedBytes).sum();
  }

  @Override
  public long allocatedBytes() {
    return pipelines.stream().mapToLong(EncoderPipeline::allocatedBytes).sum();
  }

  @Override
  public void close() {
    pipelines.forEach(EncoderPipeline::close);
  }
}
