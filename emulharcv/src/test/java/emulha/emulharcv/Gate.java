package emulha.emulharcv;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
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
import java.util.concurrent.CountDownLatch;

/** A method that sends pages whole and stores none before a test opens the gate. */
public final class Gate implements StageProvider, Stage {
  /** What decoders wait for; open unless a test closes it. */
  static volatile CountDownLatch gate = new CountDownLatch(0);

  @Override
  public String name() {
    return "gate";
  }

  @Override
  public String summary() {
    return "stores nothing before a test lets it";
  }

  @Override
  public String source() {
    return "test";
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
      @Override
      public void beginCheckpoint(CheckpointKind kind) {
        try {
          gate.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }

      @Override
      public void decode(Block block) throws CorruptEncodingException {
        next.decode(block);
      }

      @Override
      public void skip(Block page) throws CorruptEncodingException {
        next.skip(page);
      }
    };
  }
}
