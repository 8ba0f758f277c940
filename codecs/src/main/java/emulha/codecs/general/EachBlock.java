package emulha.codecs.general;

import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import java.io.IOException;
import java.util.Optional;

/**
 * Compresses each block alone. Tag: size of the encoding (varint), less than the block's; a block
 * that does not shrink is handed on.
 */
public record EachBlock(Codec codec) implements Stage {
  @Override
  public int usualNanos() {
    return codec.usualNanos();
  }

  @Override
  public String binding() {
    return codec.binding();
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return Optional.empty();
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return new Encoder(codec.ofPages(context.pageSize()).newCompressor(), context, next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Decoder(codec.ofPages(context.pageSize()).newDecompressor(), context, next);
  }

  /** Compresses one block after the other. */
  public static class Encoder implements StageEncoder {
    private final Codec.Compressor compressor;
    private final LaneWriter control;
    private final LaneWriter lane;
    private final StageEncoder next;

    /** Encodes by this compressor, which it closes. */
    public Encoder(Codec.Compressor compressor, EncoderContext context, StageEncoder next) {
      this.compressor = compressor;
      this.control = context.control();
      this.lane = context.openLane();
      this.next = next;
    }

    @Override
    public void encode(Block block) throws IOException {
      int length = block.length();
      int at = lane.reserve(compressor.bound(length));
      int size = compressor.compress(block.bytes(), block.offset(), length, lane.buffer(), at);
      if (size < length) {
        control.writeVarint(tag(size));
        lane.advance(size);
        if (block.kind() == Block.Kind.PAGE) {
          next.skip(block);
        }
      } else {
        control.writeVarint(HANDED_ON);
        next.encode(block);
      }
    }

    /** The tag of an encoding of this size. */
    protected long tag(int size) {
      return size;
    }

    @Override
    public void skip(Block page) throws IOException {
      next.skip(page);
    }

    @Override
    public long retainedBytes() {
      return compressor.retainedBytes();
    }

    @Override
    public void close() {
      compressor.close();
    }
  }

  /** Restores one block after the other. */
  public static class Decoder implements StageDecoder {
    private final Codec.Decompressor decompressor;
    private final LaneReader control;
    private final LaneReader lane;
    private final StageDecoder next;

    /** Decodes by this decompressor, which it closes. */
    public Decoder(Codec.Decompressor decompressor, DecoderContext context, StageDecoder next) {
      this.decompressor = decompressor;
      this.control = context.control();
      this.lane = context.openLane();
      this.next = next;
    }

    @Override
    public void decode(Block block) throws CorruptEncodingException {
      int tag = control.readVarint(mostTag(block));
      if (tag == StageEncoder.HANDED_ON) {
        next.decode(block);
      } else {
        int size = prepare(tag, block);
        decompressor.decompress(lane, size, block.bytes(), block.offset(), block.length());
        if (block.kind() == Block.Kind.PAGE) {
          next.skip(block);
        }
      }
    }

    /** The largest tag that a block can have. */
    protected int mostTag(Block block) {
      return block.length() - 1;
    }

    /** Gets ready for the encoding that a tag announces, which is restored next; its size. */
    protected int prepare(int tag, Block block) throws CorruptEncodingException {
      return tag;
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }

    @Override
    public long retainedBytes() {
      return decompressor.retainedBytes();
    }

    @Override
    public void close() {
      decompressor.close();
    }
  }
}
