package emulha.codecs.pipeline;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.PreviousPages;
import emulha.codecs.SharedChunks;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mirror of {@link PipelineEncoder}: merges the pages of all encoder threads by frame number.
 */
final class PipelineDecoder implements CheckpointDecoder {
  private final List<DecoderPipeline> pipelines = new ArrayList<>();
  private final EncodedCheckpoint alone = new EncodedCheckpoint();
  private final DirtyPages page;
  private final PageSize pageSize;
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  /**
   * @param encodings is shown how each page came; null if nobody asks
   */
  PipelineDecoder(
      Method method,
      PageSize pageSize,
      long[] ramPages,
      PreviousPages previous,
      @Nullable PageEncodings encodings,
      @Nullable SharedChunks table) {
    this.pageSize = pageSize;
    page = new DirtyPages(pageSize);
    PageEncodingRecorder recorder =
        encodings == null ? null : new PageEncodingRecorder(previous, encodings);
    int encoders = method.encoders();
    int firstLane = 0;
    for (int i = 0; i < encoders; i++) {
      var context =
          new DecoderContext(
              firstLane,
              pageSize,
              ramPages,
              recorder == null ? previous : recorder,
              i,
              encoders,
              table);
      pipelines.add(new DecoderPipeline(method.stages(), context, recorder));
      firstLane += context.lanes();
    }
  }

  @Override
  public BitSet fetch(EncodedCheckpoint encoded) throws CorruptEncodingException {
    var missing = new BitSet();
    for (DecoderPipeline pipeline : pipelines) {
      missing.or(pipeline.fetch(encoded));
    }
    return missing;
  }

  @Override
  public void begin(CheckpointKind kind, EncodedCheckpoint encoded)
      throws CorruptEncodingException {
    this.kind = kind;
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.begin(kind, encoded);
    }
  }

  @Override
  public void decode(int vm, DirtyPages pages) throws CorruptEncodingException {
    if (kind == CheckpointKind.PRIMING) {
      pageSize.require(pages.pageSize());
    } else {
      pages.clear(pageSize);
    }
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.beginVm(vm, pages);
    }
    if (kind == CheckpointKind.PRIMING) {
      for (DecoderPipeline pipeline : pipelines) {
        pipeline.prime(vm, pages);
      }
    } else {
      decodePages(vm, pages);
    }
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.endVm(vm);
    }
  }

  private void decodePages(int vm, DirtyPages pages) throws CorruptEncodingException {
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.open(vm);
    }
    while (true) {
      DecoderPipeline lowest = pipelines.getFirst();
      for (DecoderPipeline pipeline : pipelines) {
        if (pipeline.pfn() < lowest.pfn()) {
          lowest = pipeline;
        }
      }
      if (lowest.pfn() == DecoderPipeline.NONE) {
        return;
      }
      lowest.decode(vm, pages);
    }
  }

  @Override
  public void end() throws CorruptEncodingException {
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.end();
    }
  }

  @Override
  public void decodeAlone(
      CheckpointKind kind,
      int vm,
      long pfn,
      byte[] bytes,
      int offset,
      int length,
      byte[] target,
      int targetOffset)
      throws CorruptEncodingException {
    alone.clear();
    for (DecoderPipeline pipeline : pipelines) {
      pipeline.writeOnly(pfn, alone);
    }
    PageEncodingRecorder.split(bytes, offset, length, alone);
    begin(kind, alone);
    page.clear();
    decode(vm, page);
    end();
    System.arraycopy(page.slab(0), page.offset(0), target, targetOffset, pageSize.bytes());
  }

  @Override
  public long retainedBytes() {
    return pipelines.stream().mapToLong(DecoderPipeline::retainedBytes).sum();
  }

  @Override
  public long allocatedBytes() {
    return pipelines.stream().mapToLong(DecoderPipeline::allocatedBytes).sum();
  }

  @Override
  public void close() {
    pipelines.forEach(DecoderPipeline::close);
  }
}
