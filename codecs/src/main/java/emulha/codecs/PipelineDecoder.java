package emulha.codecs;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.util.ArrayList;
import java.util.List;

/** The mirror of {@link PipelineEncoder}. */
final class PipelineDecoder implements CheckpointDecoder {
  private final DecoderContext context;
  private final List<StageDecoder> stages = new ArrayList<>();
  private final StageDecoder first;
  private final Block block = new Block();
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  PipelineDecoder(Method method, long[] ramPages, PreviousPages previous) {
    context = new DecoderContext(0, ramPages, previous);
    StageDecoder next = new Whole.Decoder(context);
    stages.add(next);
    for (Stage stage : method.stages().reversed()) {
      StageDecoder decoder = stage.newDecoder(context, next);
      if (decoder != next) {
        stages.addFirst(decoder);
      }
      next = decoder;
    }
    first = next;
  }

  @Override
  public void begin(CheckpointKind kind, EncodedCheckpoint encoded)
      throws CorruptEncodingException {
    this.kind = kind;
    context.open(encoded);
    for (StageDecoder stage : stages) {
      stage.beginCheckpoint(kind);
    }
  }

  @Override
  public void decode(int vm, DirtyPages pages) throws CorruptEncodingException {
    for (StageDecoder stage : stages) {
      stage.beginVm(vm, pages);
    }
    if (kind == CheckpointKind.PRIMING) {
      for (int i = 0; i < pages.count(); i++) {
        first.skip(
            block
                .at(Block.Kind.PAGE, pages.slab(i), pages.offset(i), Page.BYTES)
                .of(vm, pages.pfn(i), i));
      }
    } else {
      decodePages(vm, pages);
    }
    for (StageDecoder stage : stages) {
      stage.endVm(vm);
    }
  }

  private void decodePages(int vm, DirtyPages pages) throws CorruptEncodingException {
    LaneReader control = context.control();
    long ramPages = context.ramPages(vm);
    long count = control.readVarint();
    if (count > ramPages) {
      throw control.corrupt(count + " pages in a VM of " + ramPages);
    }
    long pfn = -1;
    for (long i = 0; i < count; i++) {
      long distance = control.readVarint();
      if (distance >= ramPages - pfn - 1) {
        throw control.corrupt(
            "page frame " + distance + " after " + pfn + " is beyond the VM's " + ramPages);
      }
      pfn += distance + 1;
      int page = pages.append(pfn);
      block.at(Block.Kind.PAGE, pages.slab(page), pages.offset(page), Page.BYTES).of(vm, pfn, page);
      first.decode(block);
    }
  }

  @Override
  public void end() throws CorruptEncodingException {
    context.requireConsumed();
    for (StageDecoder stage : stages) {
      stage.endCheckpoint();
    }
  }

  @Override
  public long retainedBytes() {
    return stages.stream().mapToLong(StageDecoder::retainedBytes).sum();
  }

  @Override
  public void close() {
    stages.forEach(StageDecoder::close);
  }
}
