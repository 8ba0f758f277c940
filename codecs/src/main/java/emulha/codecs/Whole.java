package emulha.codecs;

import java.io.IOException;

/** The end of every pipeline: what no stage settled goes as it is. It needs no tag. */
final class Whole {
  private Whole() {}

  static final class Encoder implements StageEncoder {
    private final LaneWriter lane;
    private final Counters counters;

    Encoder(EncoderContext context) {
      lane = context.openLane();
      counters = context.counters();
    }

    @Override
    public void encode(Block block) throws IOException {
      if (block.kind() != Block.Kind.CHUNK) {
        counters.add(Counter.WHOLE_PAGES, 1);
      }
      lane.write(block.bytes(), block.offset(), block.length());
    }

    @Override
    public void skip(Block page) {}
  }

  static final class Decoder implements StageDecoder {
    private final LaneReader lane;

    Decoder(DecoderContext context) {
      lane = context.openLane();
    }

    @Override
    public void decode(Block block) throws CorruptEncodingException {
      lane.read(block.bytes(), block.offset(), block.length());
    }

    @Override
    public void skip(Block page) {}
  }
}
