package emulha.emulharcv;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.EncoderContext;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import emulha.codecs.StageProvider;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A method that sends pages whole, and whose decoder breaks where a test says. */
public final class Breaking implements StageProvider, Stage {
  /** Where a decoder breaks: in the thread that receives, or in the one that stores. */
  enum Place {
    RECEIVING,
    STORING
  }

  /** By what, when and where the next decoders break; by nothing unless a test says. */
  static volatile @Nullable Supplier<Throwable> what;

  static volatile Place where = Place.STORING;

  /** Incremental checkpoints that pass before. */
  static volatile int after;

  @Override
  public String name() {
    return "breaking";
  }

  @Override
  public String summary() {
    return "breaks where a test says";
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

  /** Throws what is to be thrown. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void breakBy(Throwable what) throws T {
    throw (T) what;
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return new StageDecoder() {
      private int fetched;
      private int begun;

      private void at(Place place, int passed) {
        Supplier<Throwable> now = what;
        if (now != null && place == where && passed == after) {
          Breaking.<RuntimeException>breakBy(now.get());
        }
      }

      @Override
      public BitSet fetch(EncodedCheckpoint encoded) {
        at(Place.RECEIVING, fetched++);
        return new BitSet();
      }

      @Override
      public void beginCheckpoint(CheckpointKind kind) {
        at(Place.STORING, begun++);
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
