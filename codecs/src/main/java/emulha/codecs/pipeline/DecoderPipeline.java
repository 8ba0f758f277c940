package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.memory.DirtyPages;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mirror of {@link EncoderPipeline}: yields one encoder thread's pages, one by one. */
final class DecoderPipeline extends Pipeline<CorruptEncodingException, StageDecoder> {
  /** Frame number that says that no page is left. */
  static final long NONE = Long.MAX_VALUE;

  private final DecoderContext context;
  private final @Nullable PageEncodingRecorder recorder;
  private long left;
  private long pfn;

  DecoderPipeline(
      List<Stage> method, DecoderContext context, @Nullable PageEncodingRecorder recorder) {
    super(
        context,
        workers(
            method,
            new Whole.Decoder(context.openLane()),
            (stage, next) -> stage.newDecoder(context, next)));
    this.context = context;
    this.recorder = recorder;
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
    beginCheckpoint(kind);
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
    if (recorder != null) {
      recorder.begin(context);
    }
    first.decode(block.at(vm, pages, pages.append(pfn)));
    if (recorder != null) {
      recorder.end(context, vm, pfn);
    }
    advance(vm);
  }

  /** Writes the part of a control lane that says that this page comes, or none. */
  void writeOnly(long only, EncodedCheckpoint into) {
    byte[] control = new byte[1 + LaneWriter.MAX_VARINT_BYTES];
    int length = 1;
    if (context.owns(only)) {
      control[0] = 1;
      length = LaneWriter.putVarint(control, 1, only);
    }
    into.append(context.control().number(), control, 0, length);
  }

  @Override
  public void endCheckpoint() throws CorruptEncodingException {
    context.requireConsumed();
    super.endCheckpoint();
  }
}
