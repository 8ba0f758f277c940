package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.Series;
import emulha.traces.exports.SeriesImage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesImageCommand extends Command {
  private static final String BASE = "base";

  @Parameter(splitter = Verbatim.class, description = "SERIES")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--at",
      required = true,
      description = "Number of the last checkpoint applied, from 0; or base for none")
  String at = BASE;

  @Parameter(
      names = "--out",
      required = true,
      description = "File to write: sparse, as large as the VM's RAM")
  String file = "";

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 1, "one SERIES");
    Series series = Series.at(Path.of(arguments.getFirst())).readAhead();
    int checkpoints = checkpoints(at, series.info().checkpoints());
    try (var progress = Progress.on(err)) {
      SeriesImage.write(series, checkpoints, Path.of(file), progress::at);
    }
    out.println(file + " written, " + series.info().ramBytes() + " bytes");
  }

  /** How many of so many checkpoints are applied, as {@code --at} says. */
  static int checkpoints(String at, int count) {
    if (at.equals(BASE)) {
      return 0;
    }
    String problem =
        "no checkpoint '%s'; available: %s%s"
            .formatted(at, BASE, count == 0 ? "" : ", 0 to " + (count - 1));
    int number;
    try {
      number = Integer.parseInt(at);
    } catch (NumberFormatException e) {
      throw new ParameterException(problem, e);
    }
    if (number < 0 || number >= count) {
      throw new IllegalArgumentException(problem);
    }
    return number + 1;
  }
}
