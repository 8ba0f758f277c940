package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import emulha.analysis.drawing.Width;
import emulha.codecs.Method;
import emulha.commands.options.Command;
import emulha.commands.options.SeriesOptions;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.profile.PageCosts;
import emulha.experiments.profile.Profiling;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.metrics.PageCostRow;
import emulha.metrics.columns.RowReader;
import emulha.runs.Warmup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

public final class ProfileCommand extends Command {
  @ParametersDelegate final SeriesOptions series = new SeriesOptions();

  @Parameter(
      names = "--method",
      required = true,
      order = 1,
      splitter = Verbatim.class,
      description = "Compression method, see emulha methods; repeated: one JVM each")
  List<String> methods;

  @Parameter(
      names = "--warmup",
      order = 4,
      description =
          "Replays before, not counted, so that the JIT compiler is not measured: a number such as 3,"
              + " or a time that they take at least")
  String warmup = Warmup.DEFAULT;

  @Parameter(names = "--repeat", order = 5, description = "Counted replays")
  int repeat = 3;

  @Parameter(
      names = "--width",
      order = 6,
      description = "Width of the figures. single: a column of two; double: the whole page")
  String width = "single";

  @Parameter(
      names = "--out",
      required = true,
      order = 10,
      description = "Directory for page_costs.csv, manifest.json and figures")
  String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    Width inPrint = Values.named(Width::named, width);
    List<Method> all = methods.stream().map(text -> Values.method("--method", text)).toList();
    if (all.stream().distinct().count() < all.size()) {
      throw new ParameterException("--method names one method twice");
    }
    Warmup before = Values.warmup("--warmup", warmup);
    Profiling.Measuring measuring =
        all.size() == 1
            ? method -> PageCosts.of(series.open(), method, before, repeat, System::nanoTime)
            : this::inAnotherJvm;
    output.print(table(Profiling.write(all, measuring, Path.of(out), commandLine(), inPrint)));
  }

  /** What one JVM has learned of its method must not colour another. */
  private List<PageCostRow> inAnotherJvm(Method method) throws IOException, InterruptedException {
    Path place = Scratch.directory("profile");
    try {
      Path costs = place.resolve("costs");
      ThisProgram.run(arguments(method, costs));
      return RowReader.all(costs.resolve(Profiling.FILE), PageCostRow.class);
    } catch (IOException e) {
      throw new IOException("method '%s' failed: %s".formatted(method, e.getMessage()), e);
    } finally {
      Tree.delete(place);
    }
  }

  private List<String> arguments(Method method, Path place) {
    List<String> command = new ArrayList<>(List.of("profile"));
    for (String trace : series.traces) {
      command.addAll(List.of("--trace", trace));
    }
    if (series.interval != null) {
      command.addAll(List.of("--interval", series.interval));
    }
    command.addAll(List.of("--method", method.spec(), "--out", place.toString()));
    command.addAll(List.of("--warmup", warmup, "--repeat", Integer.toString(repeat)));
    return command;
  }

  private static String table(List<PageCostRow> rows) {
    var text = new Formatter(Locale.ROOT);
    text.format(
        "%-40s %-10s %9s %9s %9s %9s%n", "method", "page", "pages", "p5 ns", "p50 ns", "p95 ns");
    for (PageCostRow row : rows) {
      text.format(
          "%-40s %-10s %9d %9d %9d %9d%n",
          row.key().method(),
          row.pageClass(),
          row.pages(),
          row.times().p5Ns(),
          row.times().p50Ns(),
          row.times().p95Ns());
    }
    return text.toString();
  }
}
