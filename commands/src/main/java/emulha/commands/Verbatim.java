package emulha.commands;

import com.beust.jcommander.converters.IParameterSplitter;
import java.util.List;

/** Takes an option's value as one, commas and all; an option is repeated to give several. */
final class Verbatim implements IParameterSplitter {
  @Override
  public List<String> split(String value) {
    return List.of(value);
  }
}
