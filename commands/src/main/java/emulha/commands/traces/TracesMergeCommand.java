package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.Series;
import emulha.traces.views.MergedSeries;
import emulha.traces.views.SeriesCopy;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesMergeCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES DESTINATION")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--every",
      required = true,
      description = "How many consecutive checkpoints become one")
  int every;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 2, "SERIES and DESTINATION");
    if (every < 1) {
      throw new ParameterException("--every takes a number from 1 on, not '%d'".formatted(every));
    }
    var merged = new MergedSeries(Series.at(Path.of(arguments.getFirst())).readAhead(), every);
    Path destination = Path.of(arguments.get(1));
    try (var progress = Progress.on(err)) {
      SeriesCopy.run(merged, destination, progress::at);
    }
    out.println(
        "%s written: %d checkpoints of %s, %d at the end left out"
            .formatted(
                destination,
                merged.info().checkpoints(),
                merged.info().interval(),
                merged.leftOut()));
  }
}
