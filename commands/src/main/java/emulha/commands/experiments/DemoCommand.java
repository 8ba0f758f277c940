package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Printable;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.RunTable;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.engines.LocalRunner;
import emulha.experiments.sweep.Demo;
import emulha.metrics.RunRow;
import emulha.runs.Warmup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Replays the bundled recordings, or others, with the methods of Hou et al. */
public final class DemoCommand extends Command {
  @Parameter(
      names = "--out",
      description = "Directory for the results; those of an earlier demo are replaced")
  String out = "out/demo";

  @Parameter(
      names = "--trace",
      splitter = Verbatim.class,
      description = "Series to replay instead of the bundled recordings; repeatable")
  List<String> traces = new ArrayList<>();

  @Parameter(
      names = "--warmup",
      description =
          "Replays before the one that counts, as fast as they go: a number such as 3, or a time that"
              + " they take at least")
  String warmup = "2s";

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    Warmup before = Values.warmup("--warmup", warmup);
    List<Path> series =
        traces.isEmpty() ? ThisProgram.samples() : traces.stream().map(Path::of).toList();
    List<String> notes = new ArrayList<>();
    var runner =
        new LocalRunner(
            ThisProgram.commandLine(),
            (point, text) -> notes.add(point.traceNames() + " " + point.method() + ": " + text));
    Path target = Path.of(out).toAbsolutePath().normalize();
    List<RunRow> rows;
    try (var progress = Progress.on(err)) {
      rows = Demo.run(series, warmup, runner, commandLine(), target, progress::at);
    }
    output.print(RunTable.of(rows));
    output.println();
    output.println("Results in " + out + ": checkpoints.csv, runs.csv, manifest.json, figures/");
    if (before.equals(Warmup.NONE)) {
      notes.add("not warm: with --warmup 0 the JIT compiler is in all times");
    }
    notes.forEach(note -> err.println("emulha demo: " + Printable.text(note)));
  }
}
