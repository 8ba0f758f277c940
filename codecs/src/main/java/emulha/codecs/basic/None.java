package emulha.codecs.basic;

import emulha.codecs.Arguments;
import emulha.codecs.Block;
import emulha.codecs.Counter;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.Method;
import emulha.codecs.NamedProvider;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import java.util.Optional;
import java.util.Set;

/** No compression: every page goes whole (the baseline of Hou §5). */
public final class None extends NamedProvider implements Stage {
  public None() {
    super(Method.NONE, "every page goes whole", "Hou §5, baseline");
  }

  @Override
  public Stage create(Arguments arguments) {
    return this;
  }

  @Override
  public Set<Block.Kind> handsOn(Set<Block.Kind> given) {
    return Set.of();
  }

  @Override
  public boolean leavesAsGiven() {
    return true;
  }

  @Override
  public Set<Counter> counters() {
    return Set.of(Counter.WHOLE_PAGES);
  }

  @Override
  public int usualNanos() {
    return 0;
  }

  @Override
  public Optional<String> whyOneEncoder(boolean first) {
    return Optional.empty();
  }

  @Override
  public StageEncoder newEncoder(EncoderContext context, StageEncoder next) {
    return next;
  }

  @Override
  public StageDecoder newDecoder(DecoderContext context, StageDecoder next) {
    return next;
  }
}
