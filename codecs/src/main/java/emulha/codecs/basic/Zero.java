package emulha.codecs.basic;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import emulha.codecs.NamedProvider;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.memory.Page;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Blocks of zeros cost a flag: every paper's first saving (FITDOC §II counts them apart). Tag: 1 =
 * zeros.
 */
public final class Zero extends NamedProvider implements Stage {
  static final int ZEROS = 1;

  public Zero() {
    super("zero", "pages and chunks of zeros cost a flag", "all; counted apart in FITDOC Table I");
  }

  @Override
  public Stage create(Arguments arguments) {
    return this;
  }

  @Override
  public Set<Counter> counters() {
    return Set.of(Counter.ZERO_PAGES);
  }

  @Override
  public int usualNanos() {
    return 200;
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return Optional.empty();
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return new Encoder(context.control(), context.counters(), next);
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new Decoder("zero", context.control(), next);
  }

  private record Encoder(LaneWriter control, Counters counters, StageEncoder next)
      implements StageEncoder {
    @Override
    public void encode(Block block) throws IOException {
      if (!Page.isZero(block.bytes(), block.offset(), block.length())) {
        control.writeByte(HANDED_ON);
        next.encode(block);
        return;
      }
      control.writeByte(ZEROS);
      if (block.kind() == Block.Kind.PAGE) {
        counters.add(Counter.ZERO_PAGES, 1);
        next.skip(block);
      }
    }

    @Override
    public void skip(Block page) throws IOException {
      next.skip(page);
    }
  }

  /** Of a stage whose tags are these, {@code stage} by name. */
  record Decoder(String stage, LaneReader control, StageDecoder next) implements StageDecoder {
    @Override
    public void decode(Block block) throws CorruptEncodingException {
      int tag = control.readByte();
      if (tag == StageEncoder.HANDED_ON) {
        next.decode(block);
      } else if (tag == ZEROS) {
        Arrays.fill(block.bytes(), block.offset(), block.offset() + block.length(), (byte) 0);
        if (block.kind() == Block.Kind.PAGE) {
          next.skip(block);
        }
      } else {
        throw control.corrupt(stage + ": unknown tag " + tag);
      }
    }

    @Override
    public void skip(Block page) throws CorruptEncodingException {
      next.skip(page);
    }
  }
}
