package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import java.util.List;

/** A stage that applies a {@link Codec} to each page or chunk, or to a whole checkpoint. */
public abstract class CodecProvider extends NamedProvider {
  /** The key that says what is compressed alone; one of the {@link #parameters}. */
  public static final Parameter SCOPE =
      new Parameter(
          "scope",
          "page|checkpoint",
          "page",
          "what is compressed alone: each page or chunk, or all of a VM's in a checkpoint together");

  /** What {@link #name}, {@link #summary} and {@link #source} give. */
  protected CodecProvider(String name, String summary, String source) {
    super(name, summary, source);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(SCOPE);
  }

  /** The codec that the arguments describe. */
  protected abstract Codec codec(Arguments arguments);

  @Override
  public final Stage create(Arguments arguments) {
    return scoped(arguments, codec(arguments));
  }

  /** The stage that applies a codec to what the key {@link #SCOPE} says. */
  public static Stage scoped(Arguments arguments, Codec codec) {
    return arguments.choice("scope").equals("page")
        ? new EachBlock(codec)
        : new Grouped(codec, Grouped.Rules.CHECKPOINT);
  }
}
