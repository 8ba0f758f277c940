package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.TraceFigures;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.metrics.SizeFitRow;
import emulha.traces.synth.Profile;
import emulha.traces.synth.SizeFit;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

public final class TracesFitCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description = "PROFILE …: names or .json files; all that come with the program if none")
  List<String> profiles = new ArrayList<>();

  @Parameter(
      names = "--out",
      required = true,
      order = 0,
      description = "Directory for the CSV files and the figure, without the former in it")
  String out = "";

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    Path directory = Path.of(out);
    List<String> names = profiles.isEmpty() ? Profile.names() : profiles;
    for (String name : names) {
      if (!name.endsWith(".json") && !Profile.names().contains(name)) {
        throw new ParameterException(
            "unknown profile '%s'; available: %s, or a file ending in .json"
                .formatted(name, String.join(", ", Profile.names())));
      }
    }
    for (SizeFit fit : SizeFit.write(names, directory)) {
      for (SizeFitRow row : fit.rows()) {
        output.printf(
            Locale.ROOT,
            "%-10s %6d ms  wanted %10d bytes  fitted %10d  %+6.2f %%%s%n",
            row.profile(),
            row.intervalMs(),
            row.targetBytes(),
            row.fittedBytes(),
            row.residualPpm() / 1e4,
            row.belowChordBytes() > 0 ? "  cannot be met: grows too fast after it" : "");
      }
    }
    TraceFigures.draw(directory, directory.resolve("figures"), Width.SINGLE);
  }
}
