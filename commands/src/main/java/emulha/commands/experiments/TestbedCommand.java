package emulha.commands.experiments;

import com.beust.jcommander.JCommander;
import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.commands.options.Command;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.engines.Testbed;
import emulha.experiments.plan.SweepPlan;
import emulha.files.WholeFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs a sweep between two hosts on a link of a given rate. By default it is Figure 5 of Hou and
 * Shin, on the bundled recordings: their two blades were on Gigabit Ethernet (§5.1).
 */
public final class TestbedCommand extends Command {
  private static final List<String> METHODS =
      List.of("none", "gzip:level=6", "delta:cache=32MiB", "similarity:chunk=256");
  private static final List<String> INTERVALS = List.of("100ms", "200ms", "500ms");
  private static final List<String> SAMPLES = List.of("redis-25ms", "ffmpeg-100ms");
  private static final String DESCRIPTION = "testbed.json";

  @Parameter(names = "--rate", order = 0, description = "Rate of the link, in the words of tc")
  String rate = "1gbit";

  @Parameter(names = "--burst", order = 1, description = "Depth of its token bucket")
  String burst = "64kb";

  @Parameter(names = "--latency", order = 2, description = "Longest that a packet waits for tokens")
  String latency = "20ms";

  @Parameter(names = "--out", order = 3, description = "Directory of the sweep and its figures")
  String out = "out/testbed";

  @Parameter(
      description =
          "[-- options of emulha sweep; by default those of Figure 5 on the bundled recordings]")
  List<String> sweepOptions = new ArrayList<>();

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    var shape = new Testbed.Shape(rate, burst, latency);
    Path directory = Path.of(out);
    List<String> options = new ArrayList<>(sweepOptions.isEmpty() ? figure5() : sweepOptions);
    options.addAll(List.of("--out", out));
    try (var testbed = TestbedRunner.open(shape, new PointNotes("testbed", err))) {
      var sweep = new SweepCommand((plan, commandLine, notes) -> runner(testbed, plan));
      JCommander parser = JCommander.newBuilder().addObject(sweep).build();
      parser.setExpandAtSign(false);
      parser.parse(options.toArray(String[]::new));
      sweep.setCommandLine(commandLine().subList(1, commandLine().size()).toArray(String[]::new));
      sweep.run(output, err);
      WholeFile.write(
          directory.resolve(DESCRIPTION),
          new ObjectMapper()
              .writerWithDefaultPrettyPrinter()
              .writeValueAsString(
                  Map.of(
                      "command", commandLine(),
                      "rate", rate,
                      "burst", burst,
                      "latency", latency,
                      "statistics", testbed.statistics().lines().map(String::strip).toList())));
    }
    Path figures = directory.resolve("figures");
    Figures.draw(directory, figures, Width.SINGLE);
    output.println("figures in " + figures);
  }

  private static PointRunner runner(TestbedRunner testbed, SweepPlan plan) {
    if (plan.reduceOnly()) {
      throw new ParameterException("--reduce-only uses no network; see emulha sweep");
    }
    return testbed;
  }

  private static List<String> figure5() {
    List<String> options = new ArrayList<>(List.of("--base", "skip"));
    for (String sample : SAMPLES) {
      Path trace = ThisProgram.root().resolve("traces/samples/" + sample + ".tar.zst");
      options.addAll(List.of("--trace", trace.toString()));
    }
    METHODS.forEach(method -> options.addAll(List.of("--method", method)));
    INTERVALS.forEach(interval -> options.addAll(List.of("--interval", interval)));
    return options;
  }
}
