package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.commands.options.Command;
import emulha.commands.terminal.PointNotes;
import emulha.commands.terminal.SweepRun;
import emulha.commands.terminal.ThisProgram;
import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.engines.Testbed;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Sweep;
import emulha.files.WholeFile;
import emulha.runs.Base;
import emulha.runs.Pace;
import emulha.runs.Warmup;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs a sweep between two hosts on a link of a given rate. By default it is Figure 5 of Hou and
 * Shin, on the bundled recordings: their two blades were on Gigabit Ethernet (§5.1).
 */
public final class TestbedCommand extends Command {
  private static final List<String> METHODS =
      List.of("none", "gzip:level=6", "delta:cache=32MiB", "similarity:chunk=256");
  private static final List<Long> INTERVALS_MS = List.of(100L, 200L, 500L);

  @Parameter(names = "--rate", order = 0, description = "Rate of the link, in the words of tc")
  String rate = "1gbit";

  @Parameter(names = "--burst", order = 1, description = "Depth of its token bucket")
  String burst = "64kb";

  @Parameter(names = "--latency", order = 2, description = "Longest that a packet waits for tokens")
  String latency = "20ms";

  @Parameter(names = "--out", order = 3, description = "Directory of the sweep and its figures")
  String out = "out/testbed";

  @ParametersDelegate final SweepOptions sweep = new SweepOptions();

  /** Its options may stand behind two dashes, apart from the link's. */
  @Override
  public List<String> arguments(List<String> given) {
    List<String> all = new ArrayList<>(given);
    all.remove("--");
    return all;
  }

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    var shape = new Testbed.Shape(rate, burst, latency);
    Path directory = Path.of(out);
    SweepPlan asked = sweep.asked();
    SweepPlan plan = asked == null && !sweep.resume ? figure5() : asked;
    if (plan != null) {
      requireNetwork(plan);
    }
    if (sweep.resume && !sweep.force) {
      requireSameLink(directory);
    }
    try (var testbed =
        Testbed.open(shape, ThisProgram.commandLine(), new PointNotes("testbed", err))) {
      Sweep opened = sweep.open(plan, directory);
      requireNetwork(opened.plan());
      describe(directory, List.of());
      new SweepRun("testbed", err).run(opened, testbed, 1, directory, output);
      describe(directory, testbed.statistics().lines().map(String::strip).toList());
    }
    Path figures = directory.resolve("figures");
    Figures.draw(directory, figures, Width.SINGLE);
    output.println("figures in " + figures);
  }

  /** Says over what link it is, before the first point and, with what went over it, in the end. */
  private void describe(Path directory, List<String> statistics) throws IOException {
    record Description(
        List<String> command, String rate, String burst, String latency, List<String> statistics) {}
    WholeFile.write(
        directory.resolve(Testbed.DESCRIPTION),
        new ObjectMapper()
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(new Description(commandLine(), rate, burst, latency, statistics)));
  }

  /** Points over another link, or over none, would be those of another experiment. */
  private void requireSameLink(Path directory) throws IOException {
    Path file = directory.resolve(Testbed.DESCRIPTION);
    if (Files.exists(file)) {
      JsonNode begun = new ObjectMapper().readTree(Files.readAllBytes(file));
      List<String> then =
          Stream.of("rate", "burst", "latency").map(key -> begun.path(key).asText()).toList();
      List<String> now = List.of(rate, burst, latency);
      if (!then.equals(now)) {
        throw new IOException(
            "%s: begun with rate, burst and latency %s, now they are %s; use the same, or --force to"
                    .formatted(file, String.join(", ", then), String.join(", ", now))
                + " mix them");
      }
    } else if (Files.exists(directory.resolve(SweepPlan.FILE))) {
      throw new IOException(
          directory
              + ": begun without a testbed; go on with emulha sweep --resume, or --force to mix what"
              + " has its link with what has not");
    }
  }

  private static void requireNetwork(SweepPlan plan) {
    if (plan.reduceOnly()) {
      throw new ParameterException("--reduce-only uses no network; see emulha sweep");
    }
  }

  private static SweepPlan figure5() {
    return new SweepPlan(
        ThisProgram.samples().stream().map(path -> List.of(path.toString())).toList(),
        SweepPlan.methods(METHODS),
        INTERVALS_MS.stream().map(BigDecimal::valueOf).toList(),
        List.of(0L),
        List.of(SharedStore.RAM),
        new SweepPlan.How(1, 1, Warmup.DEFAULT, Pace.REALTIME, Base.SKIP, false));
  }
}
