package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.Series;
import emulha.traces.views.SeriesCopy;
import emulha.traces.views.SlicedSeries;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesSliceCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES DESTINATION")
  List<String> arguments = new ArrayList<>();

  @Parameter(names = "--from", description = "First checkpoint taken, from 0")
  int from;

  @Parameter(names = "--to", required = true, description = "First checkpoint not taken any more")
  int to;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 2, "SERIES and DESTINATION");
    var slice = SlicedSeries.of(Series.at(Path.of(arguments.getFirst())).readAhead(), from, to);
    Path destination = Path.of(arguments.get(1));
    try (var progress = Progress.on(err)) {
      SeriesCopy.run(slice, destination, progress::at);
    }
    out.println(destination + " written: " + slice.info().checkpoints() + " checkpoints");
  }
}
