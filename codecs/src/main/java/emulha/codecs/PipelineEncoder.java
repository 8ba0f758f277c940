package emulha.codecs;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Drives a method's stages over a checkpoint. Control lane, per VM: number of pages (varint), then
 * for each page the distance of its frame number from the one before (varint; the first from -1,
 * less 1) followed by the stages' tags.
 */
final class PipelineEncoder implements CheckpointEncoder {
  private final EncoderContext context;
  private final Counters counters;
  private final List<StageEncoder> stages = new ArrayList<>();
  private final StageEncoder first;
  private final Block block = new Block();
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  PipelineEncoder(Method method, long[] ramPages, FrameSink sink) {
    counters = new Counters(method.counters());
    context = new EncoderContext(sink, 0, ramPages, counters);
    StageEncoder next = new Whole.Encoder(context);
    stages.add(next);
    for (Stage stage : method.stages().reversed()) {
      StageEncoder encoder = stage.newEncoder(context, next);
      if (encoder != next) {
        stages.addFirst(encoder);
      }
      next = encoder;
    }
    first = next;
  }

  @Override
  public void begin(CheckpointKind kind) throws IOException {
    this.kind = kind;
    for (StageEncoder stage : stages) {
      stage.beginCheckpoint(kind);
    }
  }

  @Override
  public void encode(int vm, DirtyPages pages) throws IOException {
    LaneWriter control = context.control();
    for (StageEncoder stage : stages) {
      stage.beginVm(vm, pages);
    }
    boolean priming = kind == CheckpointKind.PRIMING;
    if (!priming) {
      control.writeVarint(pages.count());
    }
    long before = -1;
    for (int i = 0; i < pages.count(); i++) {
      long pfn = pages.pfn(i);
      block.at(Block.Kind.PAGE, pages.slab(i), pages.offset(i), Page.BYTES).of(vm, pfn, i);
      if (priming) {
        first.skip(block);
      } else {
        control.writeVarint(pfn - before - 1);
        before = pfn;
        first.encode(block);
      }
    }
    for (StageEncoder stage : stages) {
      stage.endVm(vm);
    }
    context.flush();
  }

  @Override
  public void end() throws IOException {
    for (StageEncoder stage : stages) {
      stage.endCheckpoint();
    }
  }

  @Override
  public long payloadBytes() {
    return context.payloadBytes();
  }

  @Override
  public Counters counters() {
    return counters;
  }

  @Override
  public long retainedBytes() {
    return stages.stream().mapToLong(StageEncoder::retainedBytes).sum();
  }

  @Override
  public void close() {
    stages.forEach(StageEncoder::close);
  }
}
