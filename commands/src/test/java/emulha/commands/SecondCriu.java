package emulha.commands;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import emulha.codecs.Stage;
import emulha.codecs.StageProvider;
import java.util.List;

/** A stage of somebody's own under a name that is taken. */
public final class SecondCriu implements StageProvider {
  /** For the service loader. */
  public SecondCriu() {}

  @Override
  public String name() {
    return "criu";
  }

  @Override
  public String summary() {
    return "a second one";
  }

  @Override
  public String source() {
    return "nowhere";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of();
  }

  @Override
  public Stage create(Arguments arguments) {
    throw new UnsupportedOperationException();
  }
}
