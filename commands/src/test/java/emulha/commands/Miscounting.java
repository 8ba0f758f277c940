package emulha.commands;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.StageProvider;
import java.util.List;
import java.util.Set;

/** A stage, found as a user's own would be, whose decoder changes a byte of one page in 100. */
public final class Miscounting implements StageProvider, Stage {
  @Override
  public String name() {
    return "miscounting";
  }

  @Override
  public String summary() {
    return "restores wrong content";
  }

  @Override
  public String source() {
    return "a test";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public Stage create(Arguments arguments) {
    return this;
  }

  @Override
  public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
    return given;
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return next;
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new StageDecoder() {
      private int pages;

      @Override
      public void decode(Block block) throws CorruptEncodingException {
        next.decode(block);
        if (++pages % 100 == 0) {
          block.bytes()[block.offset() + 17] ^= 1;
        }
      }

      @Override
      public void skip(Block page) throws CorruptEncodingException {
        next.skip(page);
      }
    };
  }
}
