package emulha.codecs.general;

import emulha.codecs.Arguments;

/** A stage that is its own codec, since it takes no key but {@code scope}. */
public abstract class KeylessCodec extends CodecProvider implements Codec {
  /** What {@code name()}, {@code summary()} and {@code source()} say. */
  protected KeylessCodec(String name, String summary, String source) {
    super(name, summary, source);
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
