package emulha.commands.options;

import com.beust.jcommander.converters.IParameterSplitter;
import java.util.List;

/** Takes an option's value as one, commas and all; an option is repeated to give several. */
public final class Verbatim implements IParameterSplitter {
  @Override
  public List<String> split(String value) {
    return List.of(value);
  }
}
