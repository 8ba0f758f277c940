package emulha.codecs.basic;

import emulha.codecs.Arguments;
import emulha.codecs.DecoderContext;
import emulha.codecs.EncoderContext;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageDecoder;
import emulha.codecs.StageEncoder;
import java.util.List;
import java.util.Optional;

/**
 * Spreads what the method sends over several connections, as QEMU's multifd does (migration
 * capability {@code multifd}, parameter {@code multifd-channels}). It changes no byte of the
 * encoding: the sender sends its frames on the connections in turn. Without a network it does
 * nothing.
 */
public final class Multi extends NamedProvider {
  /** A receiver's place for connections is limited, and what a session takes is lost to others. */
  private static final int MAX_CONNECTIONS = 8;

  public Multi() {
    super(
        "multi",
        "the frames of all stages in turn over several connections",
        "QEMU, docs/devel/migration: multifd");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter(
            "connections", "1.." + MAX_CONNECTIONS, "2", "TCP connections for the whole method"));
  }

  @Override
  public Stage create(Arguments arguments) {
    return new Spread(arguments.integer("connections", 1, MAX_CONNECTIONS));
  }

  /** Hands on all that it is given. */
  private record Spread(int connections) implements Stage {
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
}
