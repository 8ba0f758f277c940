package emulha.codecs.pipeline;

import emulha.codecs.EncoderContext;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageEncoder;
import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/**
 * One encoder thread's chain of stages. It takes the pages whose frame number, modulo the number of
 * encoders, is its own number. Control lane, per VM: number of its pages (varint), then for each
 * the distance of its frame number from the one before (varint; the first from -1, less 1) followed
 * by the stages' tags.
 */
final class EncoderPipeline extends Pipeline<IOException, StageEncoder> {
  private final EncoderContext context;

  EncoderPipeline(List<Stage> method, EncoderContext context) {
    super(
        context,
        workers(
            method, new Whole.Encoder(context), (stage, next) -> stage.newEncoder(context, next)));
    this.context = context;
  }

  EncoderContext context() {
    return context;
  }

  /**
   * @throws IllegalArgumentException if the pages have another size
   */
  @Override
  public void beginVm(int vm, DirtyPages pages) throws IOException {
    if (pages.count() > 0) {
      context.pageSize().require(pages.pageSize());
    }
    super.beginVm(vm, pages);
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
        first.encode(block.at(vm, pages, i));
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
      own += context.owns(pages.pfn(i)) ? 1 : 0;
    }
    return own;
  }

  @Override
  void prime(int vm, DirtyPages pages) throws IOException {
    super.prime(vm, pages);
    context.flush();
  }

  @Override
  public void endVm(int vm) throws IOException {
    super.endVm(vm);
    context.flush();
  }

  void supply(BitSet missing) throws IOException {
    for (StageEncoder stage : stages) {
      stage.supply(missing);
    }
    context.flush();
  }
}
