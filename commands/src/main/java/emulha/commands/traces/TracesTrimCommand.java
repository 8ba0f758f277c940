package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.Series;
import emulha.traces.views.SeriesCopy;
import emulha.traces.views.TrimmedSeries;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesTrimCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES DESTINATION")
  List<String> arguments = new ArrayList<>();

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 2, "SERIES and DESTINATION");
    Series whole = Series.at(Path.of(arguments.getFirst())).readAhead();
    Path destination = Path.of(arguments.get(1));
    try (var progress = Progress.on(err)) {
      var trimmed = TrimmedSeries.of(whole, progress::at);
      SeriesCopy.run(trimmed, destination, progress::at);
      out.println(
          "%s written: base of %d pages instead of %d"
              .formatted(destination, trimmed.info().basePages(), whole.info().basePages()));
    }
  }
}
