package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParametersDelegate;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.PageCostFigures;
import emulha.codecs.Method;
import emulha.commands.options.Command;
import emulha.commands.options.SeriesOptions;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.profile.PageCosts;
import emulha.files.Scratch;
import emulha.files.Tree;
import emulha.files.WholeFile;
import emulha.metrics.PageCostRow;
import emulha.metrics.RowReader;
import emulha.metrics.RowWriter;
import emulha.runs.Environment;
import emulha.runs.Warmup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

public final class ProfileCommand extends Command {
  private static final String FILE = "page_costs.csv";

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
    methods.forEach(text -> Values.method("--method", text));
    Warmup before = Values.warmup("--warmup", warmup);
    Path directory = Path.of(out);
    List<PageCostRow> rows = new ArrayList<>();
    try (var writer = RowWriter.open(directory.resolve(FILE), PageCostRow.class)) {
      for (String method : methods) {
        rows.addAll(methods.size() == 1 ? costs(method, before) : costsInAnotherJvm(method));
      }
      for (PageCostRow row : rows) {
        writer.write(row);
      }
      writer.commit();
    }
    WholeFile.write(
        directory.resolve("manifest.json"), Environment.manifest(commandLine(), Map.of()));
    PageCostFigures.draw(rows, directory.resolve("figures"), inPrint);
    output.print(table(rows));
  }

  private List<PageCostRow> costs(String method, Warmup before) throws IOException {
    return PageCosts.of(series.open(), Method.parse(method), before, repeat, System::nanoTime);
  }

  /** So that what the JIT compiler learned of one method does not colour the next. */
  private List<PageCostRow> costsInAnotherJvm(String method)
      throws IOException, InterruptedException {
    Path place = Scratch.directory("profile");
    try {
      List<String> command = new ArrayList<>(List.of("profile"));
      for (String trace : series.traces) {
        command.addAll(List.of("--trace", trace));
      }
      if (series.interval != null) {
        command.addAll(List.of("--interval", series.interval));
      }
      command.addAll(List.of("--method", method, "--out", place.resolve("costs").toString()));
      command.addAll(List.of("--warmup", warmup, "--repeat", Integer.toString(repeat)));
      ThisProgram.run(command);
      return RowReader.all(place.resolve("costs").resolve(FILE), PageCostRow.class);
    } catch (IOException e) {
      throw new IOException("method '%s' failed: %s".formatted(method, e.getMessage()), e);
    } finally {
      Tree.delete(place);
    }
  }

  private static String table(List<PageCostRow> rows) {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-40s %-10s %9s %9s %9s %9s%n",
            "method",
            "page",
            "pages",
            "p5 ns",
            "p50 ns",
            "p95 ns"));
    for (PageCostRow row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-40s %-10s %9d %9d %9d %9d%n",
              row.key().method(),
              row.pageClass(),
              row.pages(),
              row.times().p5Ns(),
              row.times().p50Ns(),
              row.times().p95Ns()));
    }
    return text.toString();
  }
}
