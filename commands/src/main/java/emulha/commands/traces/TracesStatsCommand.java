package emulha.commands.traces;

import com.beust.jcommander.Parameter;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.TraceFigures;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.traces.Series;
import emulha.traces.stats.Characterisation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

public final class TracesStatsCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description = "SERIES …, of one interval; duplicates are looked for among them")
  List<String> series = new ArrayList<>();

  @Parameter(
      names = "--out",
      required = true,
      order = 0,
      description = "Directory for the CSV files and figures, without any of the former in it")
  String out = "";

  @Parameter(
      names = "--width",
      order = 1,
      description = "Width of the figures. single: a column of two; double: the whole page")
  String width = "single";

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    require(!series.isEmpty(), "one series or several");
    Width inPrint = Values.named(Width::named, width);
    Path directory = Path.of(out);
    List<Series> opened = new ArrayList<>();
    for (String path : series) {
      opened.add(Series.at(Path.of(path)).readAhead());
    }
    Characterisation.write(opened, directory);
    TraceFigures.draw(directory, directory.resolve("figures"), inPrint);
    output.println(directory + " written");
  }
}
