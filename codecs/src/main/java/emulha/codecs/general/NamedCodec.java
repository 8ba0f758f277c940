package emulha.codecs.general;

/** A {@link CodecProvider} that is told its name, and what the codec does and is from. */
public abstract class NamedCodec extends CodecProvider {
  private final String name;
  private final String summary;
  private final String source;

  /** What {@link #name}, {@link #summary} and {@link #source} give. */
  protected NamedCodec(String name, String summary, String source) {
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
}
