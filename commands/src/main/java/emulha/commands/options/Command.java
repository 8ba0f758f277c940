package emulha.commands.options;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.emulharcv.stores.StoreLocation;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.ResourceBundle;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A command's options, set by the parser before {@link #run}: required ones have no initial value,
 * because the parser would take that for given. Used once.
 */
public abstract class Command {
  @Parameter(
      names = {"--help", "-h"},
      help = true,
      order = 1000,
      description = "Show this text")
  public boolean help;

  @Parameter(
      names = "--debug",
      order = 1001,
      description = "Show where in the program an error arose")
  public boolean debug;

  private List<String> commandLine = List.of();

  /** The command line from {@code emulha} on, with passwords in it as {@code ***}. */
  public final List<String> commandLine() {
    return commandLine;
  }

  public final void setCommandLine(String... args) {
    commandLine =
        Stream.concat(Stream.of("emulha"), Stream.of(args)).map(StoreLocation::masked).toList();
  }

  /** Arguments as the parser is to have them. */
  public List<String> arguments(List<String> given) {
    return given;
  }

  /** Descriptions of options that are no constants, by their key; null if all are. */
  public @Nullable ResourceBundle descriptions() {
    return null;
  }

  /** Requires what a command takes besides options. */
  protected static void require(boolean given, String what) {
    if (!given) {
      throw new ParameterException("takes " + what);
    }
  }

  /**
   * Does the work.
   *
   * @param out results
   * @param err progress and warnings
   * @throws IllegalArgumentException if what the user gave cannot be used
   * @throws IOException if files or connections fail
   */
  public abstract void run(PrintStream out, PrintStream err)
      throws IOException, InterruptedException;
}
