package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesDigest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesDigestCommand extends Command {
  @Parameter(splitter = Verbatim.class, description = "SERIES …")
  List<String> series = new ArrayList<>();

  @Parameter(
      names = "--checkpoints",
      description = "Only of so many checkpoints, counted from the first")
  int checkpoints = Integer.MAX_VALUE;

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(!series.isEmpty(), "one series or several");
    for (String path : series) {
      try (var progress = Progress.on(err)) {
        out.println(
            SeriesDigest.of(Series.at(Path.of(path)).readAhead(), checkpoints, progress::at)
                + "  "
                + path);
      }
    }
  }
}
