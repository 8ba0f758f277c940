package emulha.commands;

import com.beust.jcommander.Parameter;
import emulha.analysis.Figures;
import emulha.analysis.Results;
import emulha.analysis.Stability;
import emulha.analysis.Summary;
import emulha.analysis.Width;
import emulha.sweep.Sweep;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

final class FiguresCommand extends Command {
  @Parameter(
      names = "--in",
      required = true,
      order = 0,
      description = "Directory of results, or one that holds such directories")
  String in;

  @Parameter(
      names = "--out",
      required = true,
      order = 1,
      description = "Directory for the figures; older ones of the same names are replaced")
  String out;

  @Parameter(
      names = "--width",
      order = 2,
      description = "single: a column of two; double: the whole page")
  String width = "single";

  @Override
  void run(PrintStream output, PrintStream err) throws IOException {
    Path directory = Path.of(out);
    Sweep.unfinished(Path.of(in)).ifPresent(line -> err.println("emulha figures: " + line));
    for (String figure : Figures.draw(Path.of(in), directory, Width.named(width))) {
      output.println(directory.resolve(figure) + ".{svg,pdf,png,csv}");
    }
    Stability.disturbed(Summary.of(Results.read(Path.of(in)))).forEach(err::println);
  }
}
