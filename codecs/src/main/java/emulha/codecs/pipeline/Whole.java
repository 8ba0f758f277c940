package emulha.codecs.pipeline;

import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.memory.DirtyPages;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The end of every pipeline: what no stage settled goes as it is. It needs no tag. */
final class Whole {
  private Whole() {}

  static final class Encoder implements StageEncoder {
    private final LaneWriter lane;
    private final Counters counters;
    private @Nullable DirtyPages pages;

    Encoder(EncoderContext context) {
      lane = context.openLane();
      counters = context.counters();
    }

    @Override
    public void beginVm(int vm, DirtyPages pages) {
      this.pages = pages;
    }

    @Override
    public void encode(Block block) throws IOException {
      if (block.kind() != Block.Kind.CHUNK) {
        counters.add(Counter.WHOLE_PAGES, 1);
      }
      if (isOfCheckpoint(block)) {
        lane.refer(block.bytes(), block.offset(), block.length());
      } else {
        lane.write(block.bytes(), block.offset(), block.length());
      }
    }

    /** Whether the bytes lie in the checkpoint itself, which nobody changes while it is encoded. */
    private boolean isOfCheckpoint(Block block) {
      return pages != null
          && block.kind() != Block.Kind.RESIDUE
          && block.bytes() == pages.slab(block.page());
    }

    @Override
    public void skip(Block page) {}
  }

  record Decoder(LaneReader lane) implements StageDecoder {
    @Override
    public void decode(Block block) throws CorruptEncodingException {
      lane.read(block.bytes(), block.offset(), block.length());
    }

    @Override
    public void skip(Block page) {}
  }
}
