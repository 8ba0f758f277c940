package emulha.codecs;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.util.ArrayList;
import java.util.List;

/** The mirror of {@link EncoderPipeline}: yields one encoder thread's pages, one by one. */
final class DecoderPipeline {
  /** Frame number that says that no page is left. */
  static final long NONE = Long.MAX_VALUE;

  private final DecoderContext context;
  private final List<StageDecoder> stages = new ArrayList<>();
  private final StageDecoder first;
  private final Block block = new Block();
  private long left;
  private long pfn;

  DecoderPipeline(List<Stage> method, DecoderContext context) {
    this.context = context;
    StageDecoder next = new Whole.Decoder(context);
    stages.add(next);
    for (Stage stage : method.reversed()) {
      StageDecoder decoder = stage.newDecoder(context, next);
      if (decoder != next) {
        stages.addFirst(decoder);
      }
      next = decoder;
    }
    first = next;
  }

  DecoderContext context() {
    return context;
  }

  void begin(CheckpointKind kind, EncodedCheckpoint encoded) throws CorruptEncodingException {
    context.open(encoded);
    for (StageDecoder stage : stages) {
      stage.beginCheckpoint(kind);
    }
  }

  void beginVm(int vm, DirtyPages pages) throws CorruptEncodingException {
    for (StageDecoder stage : stages) {
      stage.beginVm(vm, pages);
    }
  }

  /** Shows the pages that are this pipeline's to the stages. */
  void prime(int vm, DirtyPages pages) throws CorruptEncodingException {
    for (int i = 0; i < pages.count(); i++) {
      if (context.owns(pages.pfn(i))) {
        first.skip(at(vm, pages, i));
      }
    }
  }

  /** Reads how many pages come; afterwards {@link #pfn} is that of the first. */
  void open(int vm) throws CorruptEncodingException {
    long ramPages = context.ramPages(vm);
    left = context.control().readVarint();
    if (left > ramPages) {
      throw context.control().corrupt(left + " pages in a VM of " + ramPages);
    }
    pfn = -1;
    advance(vm);
  }

  /** Frame number of the page that comes next, or {@link #NONE}. */
  long pfn() {
    return pfn;
  }

  private void advance(int vm) throws CorruptEncodingException {
    if (left == 0) {
      pfn = NONE;
      return;
    }
    left--;
    LaneReader control = context.control();
    long ramPages = context.ramPages(vm);
    long distance = control.readVarint();
    if (distance >= ramPages - pfn - 1) {
      throw control.corrupt(
          "page frame " + distance + " after " + pfn + " is beyond the VM's " + ramPages);
    }
    pfn += distance + 1;
    if (!context.owns(pfn)) {
      throw control.corrupt("page frame " + pfn + " is another encoder's");
    }
  }

  /** Decodes the page that comes next. */
  void decode(int vm, DirtyPages pages) throws CorruptEncodingException {
    first.decode(at(vm, pages, pages.append(pfn)));
    advance(vm);
  }

  private Block at(int vm, DirtyPages pages, int i) {
    return block
        .at(Block.Kind.PAGE, pages.slab(i), pages.offset(i), Page.BYTES)
        .of(vm, pages.pfn(i), i);
  }

  void endVm(int vm) throws CorruptEncodingException {
    for (StageDecoder stage : stages) {
      stage.endVm(vm);
    }
  }

  void end() throws CorruptEncodingException {
    context.requireConsumed();
    for (StageDecoder stage : stages) {
      stage.endCheckpoint();
    }
  }

  long retainedBytes() {
    return stages.stream().mapToLong(StageDecoder::retainedBytes).sum();
  }

  void close() {
    stages.forEach(StageDecoder::close);
  }
}
