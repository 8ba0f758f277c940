package emulha.commands.results;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Explorer;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.Wishes;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Stability;
import emulha.analysis.measures.Summary;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.experiments.sweep.Sweep;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

public final class FiguresCommand extends Command {
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

  @Parameter(
      names = "--method",
      order = 3,
      splitter = Verbatim.class,
      description = "Only this method; repeatable, in the order in which they are to stand")
  List<String> methods = new ArrayList<>();

  @Parameter(
      names = "--label",
      order = 4,
      splitter = Verbatim.class,
      description = "METHOD=TEXT: write the text in place of the method's name; repeatable")
  List<String> labels = new ArrayList<>();

  @Parameter(
      names = "--scale",
      order = 5,
      description = "linear or log: the axis of values; by default as fits each figure")
  @Nullable String scale;

  @Parameter(
      names = "--axis",
      order = 6,
      description = "FROM..TO in each figure's unit, either left out at will: ends of that axis")
  @Nullable String axis;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException {
    Path directory = Path.of(out);
    Sweep.unfinished(Path.of(in)).ifPresent(line -> err.println("emulha figures: " + line));
    for (String figure :
        Figures.draw(Path.of(in), directory, Values.named(Width::named, width), wishes())) {
      output.println(directory.resolve(figure) + ".{svg,pdf,png,csv,txt}");
    }
    output.println(
        directory.resolve(Explorer.NAME) + ": all of it, to filter and sort in a browser");
    Results results = Results.read(Path.of(in));
    Stability.bindings(results).forEach(err::println);
    Stability.disturbed(Summary.of(results)).forEach(err::println);
  }

  private Wishes wishes() {
    Map<String, String> names = new LinkedHashMap<>();
    for (String label : labels) {
      // The text may hold no '=', the method may: its parameters have one each.
      int at = label.lastIndexOf('=');
      if (at < 1) {
        throw new ParameterException("--label is METHOD=TEXT, not '%s'".formatted(label));
      }
      String method = label.substring(0, at);
      String text = label.substring(at + 1);
      if (names.containsKey(method) || names.containsValue(text)) {
        throw new ParameterException(
            "--label: a method has two names, or two have one: '%s'".formatted(label));
      }
      names.put(method, text);
    }
    String kind = scale;
    if (kind != null && !List.of("linear", "log").contains(kind)) {
      throw new ParameterException("--scale is linear or log, not '%s'".formatted(kind));
    }
    Boolean log = kind == null ? null : (Boolean) kind.equals("log");
    return Values.understood("--axis: ", () -> new Wishes(methods, names, log, end(0), end(1)));
  }

  private @Nullable Double end(int which) {
    String range = axis;
    if (range == null) {
      return null;
    }
    String[] ends = range.split("\\.\\.", -1);
    try {
      if (ends.length == 2 && ends[which].isEmpty()) {
        return null;
      }
      if (ends.length == 2 && Double.isFinite(Double.parseDouble(ends[which]))) {
        return Double.valueOf(ends[which]);
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new ParameterException(
        "--axis is FROM..TO, such as 0..50 or 0.1.., not '%s'".formatted(range));
  }
}
