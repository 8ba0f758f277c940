package emulha.codecs;

import emulha.memory.DirtyPages;
import java.util.ArrayList;
import java.util.List;

/**
 * The mirror of {@link PipelineEncoder}: merges the pages of all encoder threads by frame number.
 */
final class PipelineDecoder implements CheckpointDecoder {
  private final List<DecoderPipeline> pipelines = new ArrayList<>();
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  PipelineDecoder(Method method, long[] ramPages, PreviousPages previous) {
    int encoders = method.encoders();
    int firstLane = 0;
    for (int i = 0; i < encoders; i++) {
      var context = new DecoderContext(firstLane, ramPages, previous, i, encoders);
      pipelines.add(new DecoderPipeline(method.stages(), context));
      firstLane += context.lanes();
    }
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
  public long retainedBytes() {
    return pipelines.stream().mapToLong(DecoderPipeline::retainedBytes).sum();
  }

  @Override
  public void close() {
    pipelines.forEach(DecoderPipeline::close);
  }
}
