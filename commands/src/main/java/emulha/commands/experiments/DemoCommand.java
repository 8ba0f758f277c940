package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.codecs.Method;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Printable;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.RunTable;
import emulha.commands.terminal.ThisProgram;
import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.engines.LocalRunner;
import emulha.experiments.plan.Point;
import emulha.files.Partial;
import emulha.files.Tree;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RowReader;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Environment;
import emulha.runs.Pace;
import emulha.runs.ResultDirectory;
import emulha.runs.Warmup;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Replays the bundled recordings, or others, with the methods of Hou et al. */
public final class DemoCommand extends Command {
  private static final List<String> METHODS =
      List.of(
          "none",
          "gzip:level=6",
          "delta:cache=16MiB",
          "delta:cache=32MiB",
          "similarity:chunk=256",
          "similarity:chunk=1KiB",
          "similarity:chunk=4KiB");

  private static final List<String> SAMPLES = List.of("redis-25ms", "ffmpeg-100ms");

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
    Path target = Path.of(out).toAbsolutePath().normalize();
    refuseForeign(target);
    try (var made = Partial.of(target)) {
      Path partial = Files.createDirectory(made.path());
      List<String> notes = new ArrayList<>();
      List<RunRow> rows = replay(partial, notes, err);
      Figures.draw(partial, partial.resolve("figures"), Width.SINGLE);
      Tree.delete(target);
      made.commit();
      output.print(RunTable.of(rows));
      output.println();
      output.println("Results in " + out + ": checkpoints.csv, runs.csv, manifest.json, figures/");
      if (before.equals(Warmup.NONE)) {
        notes.add("not warm: with --warmup 0 the JIT compiler is in all times");
      }
      notes.forEach(note -> err.println("emulha demo: " + Printable.text(note)));
    }
  }

  private List<RunRow> replay(Path directory, List<String> notes, PrintStream err)
      throws IOException, InterruptedException {
    var runner =
        new LocalRunner(
            ThisProgram.commandLine(),
            (point, text) -> notes.add(point.traceNames() + " " + point.method() + ": " + text));
    List<Point> points = points();
    List<RunRow> rows = new ArrayList<>();
    try (var results = ResultDirectory.open(directory);
        var progress = Progress.on(err)) {
      for (Point point : points) {
        progress.at(point.traceNames() + " " + point.method(), rows.size(), points.size());
        Path run = directory.resolve("run");
        runner.run(point, run);
        for (CheckpointRow row :
            RowReader.all(run.resolve("checkpoints.csv"), CheckpointRow.class)) {
          results.checkpoint(row);
        }
        for (RunRow row : RowReader.all(run.resolve("runs.csv"), RunRow.class)) {
          results.run(row);
          rows.add(row);
        }
        Tree.delete(run);
      }
      progress.at("figures", points.size(), points.size());
      results.commit(Environment.manifest(commandLine(), Map.of("methods", METHODS)));
    }
    return rows;
  }

  private List<Point> points() {
    List<Path> series =
        traces.isEmpty()
            ? SAMPLES.stream()
                .map(name -> ThisProgram.root().resolve("traces/samples/" + name + ".tar.zst"))
                .toList()
            : traces.stream().map(Path::of).toList();
    List<Point> points = new ArrayList<>();
    for (Path trace : series) {
      for (String method : METHODS) {
        points.add(
            new Point(
                List.of(trace),
                Method.parse(method),
                0,
                0,
                SharedStore.RAM,
                1,
                new Point.How(Pace.VIRTUAL, Base.SKIP, 1, warmup)));
      }
    }
    return points;
  }

  /** Only what an earlier demo wrote may be replaced. */
  private static void refuseForeign(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    Path manifest = target.resolve("manifest.json");
    if (Files.isRegularFile(manifest)) {
      JsonNode command = new ObjectMapper().readTree(Files.readAllBytes(manifest)).path("command");
      if (command.path(1).asText().equals("demo")) {
        return;
      }
    }
    throw new IOException(
        target + ": exists and is not the result of an earlier demo; choose another with --out");
  }
}
