package emulha.codecs;

import java.util.List;

/** A {@link StageProvider} that is told its name, and what the stage does and is from. */
public abstract class NamedProvider implements StageProvider {
  private final String name;
  private final String summary;
  private final String source;

  /** What {@link #name}, {@link #summary} and {@link #source} give. */
  protected NamedProvider(String name, String summary, String source) {
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
  public List<Parameter> parameters() {
    return List.of();
  }
}
