package emulha.codecs.pipeline;

import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.LaneReader;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.memory.DirtyPages;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mirror of {@link EncoderPipeline}: yields one encoder thread's pages, one by one. */
final class DecoderPipeline {
  /** Frame number that says that no page is left. */
  static final long NONE = Long.MAX_VALUE;

  private final DecoderContext context;
  private final List<StageDecoder> stages = new ArrayList<>();
  private final StageDecoder first;
  private final @Nullable PageEncodingRecorder recorder;
  private final Block block = new Block();
  private final int pageBytes;
  private long left;
  private long pfn;

  DecoderPipeline(
      List<Stage> method, DecoderContext context, @Nullable PageEncodingRecorder recorder) {
    this.context = context;
    pageBytes = context.pageSize().bytes();
    this.recorder = recorder;
    StageDecoder next = new Whole.Decoder(context.openLane());
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

  BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    var missing = new BitSet();
    for (StageDecoder stage : stages) {
      missing.or(stage.fetch(encoded));
    }
    return missing;
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
    if (recorder == null) {
      first.decode(at(vm, pages, pages.append(pfn)));
    } else {
      recorder.begin(context);
      first.decode(at(vm, pages, pages.append(pfn)));
      recorder.end(context, vm, pfn);
    }
    advance(vm);
  }

  /** Writes the part of a control lane that says that this page comes, or none. */
  void writeOnly(long only, EncodedCheckpoint into) {
    byte[] control = new byte[11];
    int length = 1;
    if (context.owns(only)) {
      control[0] = 1;
      length = PageEncodingRecorder.putVarint(control, 1, only);
    }
    into.append(context.control().number(), control, 0, length);
  }

  private Block at(int vm, DirtyPages pages, int i) {
    return block
        .at(Block.Kind.PAGE, pages.slab(i), pages.offset(i), pageBytes)
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

  long allocatedBytes() {
    return stages.stream().mapToLong(StageDecoder::allocatedBytes).sum();
  }

  void close() {
    stages.forEach(StageDecoder::close);
  }
}
