package emulha.codecs.pipeline;

import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageEncoder;
import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * One encoder thread's chain of stages. It takes the pages whose frame number, modulo the number of
 * encoders, is its own number. Control lane, per VM: number of its pages (varint), then for each
 * the distance of its frame number from the one before (varint; the first from -1, less 1) followed
 * by the stages' tags.
 */
final class EncoderPipeline {
  private final EncoderContext context;
  private final List<StageEncoder> stages = new ArrayList<>();
  private final StageEncoder first;
  private final Block block = new Block();
  private final int pageBytes;

  EncoderPipeline(List<Stage> method, EncoderContext context) {
    this.context = context;
    pageBytes = context.pageSize().bytes();
    StageEncoder next = new Whole.Encoder(context);
    stages.add(next);
    for (Stage stage : method.reversed()) {
      StageEncoder encoder = stage.newEncoder(context, next);
      if (encoder != next) {
        stages.addFirst(encoder);
      }
      next = encoder;
    }
    first = next;
  }

  EncoderContext context() {
    return context;
  }

  void begin(CheckpointKind kind) throws IOException {
    for (StageEncoder stage : stages) {
      stage.beginCheckpoint(kind);
    }
  }

  /**
   * @throws IllegalArgumentException if the pages have another size
   */
  void beginVm(int vm, DirtyPages pages) throws IOException {
    if (pages.count() > 0) {
      context.pageSize().require(pages.pageSize());
    }
    for (StageEncoder stage : stages) {
      stage.beginVm(vm, pages);
    }
  }

  /** Encodes this thread's pages, and gives their bytes to the sink. */
  void encode(int vm, DirtyPages pages) throws IOException {
    LaneWriter control = context.control();
    control.writeVarint(countOwn(pages));
    long before = -1;
    for (int i = 0; i < pages.count(); i++) {
      long pfn = pages.pfn(i);
      if (context.owns(pfn)) {
        control.writeVarint(pfn - before - 1);
        before = pfn;
        first.encode(at(vm, pages, i));
      }
    }
    context.flush();
  }

  private int countOwn(DirtyPages pages) {
    if (context.encoders() == 1) {
      return pages.count();
    }
    int own = 0;
    for (int i = 0; i < pages.count(); i++) {
      if (context.owns(pages.pfn(i))) {
        own++;
      }
    }
    return own;
  }

  /** Shows this thread's pages to the stages. */
  void prime(int vm, DirtyPages pages) throws IOException {
    for (int i = 0; i < pages.count(); i++) {
      if (context.owns(pages.pfn(i))) {
        first.skip(at(vm, pages, i));
      }
    }
    context.flush();
  }

  private Block at(int vm, DirtyPages pages, int i) {
    return block
        .at(Block.Kind.PAGE, pages.slab(i), pages.offset(i), pageBytes)
        .of(vm, pages.pfn(i), i);
  }

  void endVm(int vm) throws IOException {
    for (StageEncoder stage : stages) {
      stage.endVm(vm);
    }
    context.flush();
  }

  void end() throws IOException {
    for (StageEncoder stage : stages) {
      stage.endCheckpoint();
    }
  }

  void supply(BitSet missing) throws IOException {
    for (StageEncoder stage : stages) {
      stage.supply(missing);
    }
    context.flush();
  }

  long retainedBytes() {
    return stages.stream().mapToLong(StageEncoder::retainedBytes).sum();
  }

  long allocatedBytes() {
    return stages.stream().mapToLong(StageEncoder::allocatedBytes).sum();
  }

  void close() {
    stages.forEach(StageEncoder::close);
  }
}
