package emulha.codecs.delta;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.delta.DeltaStage.Encoding;
import emulha.codecs.delta.DeltaStage.Policy;
import java.util.List;

/**
 * FITDOC's delta memory compression (§III.C): {@link WordsDelta} over an LRU of earlier pages. Two
 * producers encode by default, and one consumer, the sender, takes what they give.
 */
public final class Fitdoc extends NamedProvider {
  /** Name of the stage. */
  public static final String NAME = "fitdoc";

  public Fitdoc() {
    super(NAME, "list of changed 8-byte words over an LRU of earlier pages", "FITDOC §III.C");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(Delta.cacheParameter("32MiB"));
  }

  @Override
  public Stage create(Arguments arguments) {
    return new DeltaStage(
        Delta.cache(arguments, Policy.LRU), Policy.LRU, Encoding.WORDS, false, false, 2);
  }
}
