package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import java.util.List;

/** A stage that is its own codec, since it takes no key but {@code scope}. */
public abstract class KeylessCodec extends CodecProvider implements Codec {
  private final String name;
  private final String summary;
  private final String source;

  /** What {@code name()}, {@code summary()} and {@code source()} say. */
  public KeylessCodec(String name, String summary, String source) {
    this.name = name;
    this.summary = summary;
    this.source = source;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String summary() {
    return summary;
  }

  @Override
  public final String source() {
    return source;
  }

  @Override
  public final List<Parameter> parameters() {
    return List.of(SCOPE);
  }

  @Override
  protected final Codec codec(Arguments arguments) {
    return this;
  }

  @Override
  public String binding() {
    return "java";
  }
}
