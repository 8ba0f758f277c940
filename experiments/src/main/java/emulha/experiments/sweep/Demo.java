package emulha.experiments.sweep;

import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Manifest;
import emulha.codecs.Method;
import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.files.Partial;
import emulha.files.Tree;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.runs.Base;
import emulha.runs.Environment;
import emulha.runs.Pace;
import emulha.runs.ResultDirectory;
import emulha.traces.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Replays each of some series by each of the methods of Hou et al., and draws the figures. */
public final class Demo {
  private static final List<String> METHODS =
      List.of(
          "none",
          "gzip:level=6",
          "delta:cache=16MiB",
          "delta:cache=32MiB",
          "similarity:chunk=256",
          "similarity:chunk=1KiB",
          "similarity:chunk=4KiB");

  private Demo() {}

  /**
   * Runs it. What is in {@code target} of an earlier one is replaced when all is done.
   *
   * @param series paths of series
   * @param warmup replays before the one that counts, as {@link emulha.runs.Warmup#parse} takes it
   * @param commandLine that asked for it, for the manifest
   * @return a row per series and method
   * @throws IOException if a point fails, or the target holds something else
   */
  public static List<RunRow> run(
      List<Path> series,
      String warmup,
      PointRunner runner,
      List<String> commandLine,
      Path target,
      Progress progress)
      throws IOException, InterruptedException {
    refuseForeign(target);
    List<Point> points = points(series, warmup);
    requireNamesOfTheirOwn(points);
    try (var made = Partial.of(target)) {
      Path partial = Files.createDirectory(made.path());
      List<RunRow> rows = replay(points, runner, commandLine, partial, progress);
      Figures.draw(partial, partial.resolve("figures"), Width.SINGLE);
      Tree.delete(target);
      made.commit();
      return rows;
    }
  }

  private static List<RunRow> replay(
      List<Point> points,
      PointRunner runner,
      List<String> commandLine,
      Path directory,
      Progress progress)
      throws IOException, InterruptedException {
    List<RunRow> rows = new ArrayList<>();
    try (var results = ResultDirectory.open(directory)) {
      for (Point point : points) {
        progress.step(point.traceNames() + " " + point.method(), rows.size(), points.size());
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
      progress.step("figures", points.size(), points.size());
      results.commit(Environment.manifest(commandLine, Map.of("methods", METHODS)));
    }
    return rows;
  }

  private static List<Point> points(List<Path> series, String warmup) {
    var how = new SweepPlan.How(1, 1, warmup, Pace.VIRTUAL, Base.SKIP, false);
    return series.stream()
        .flatMap(
            trace ->
                METHODS.stream()
                    .map(Method::parse)
                    .map(
                        method -> new Point(List.of(trace), method, 0, 0, SharedStore.RAM, 1, how)))
        .toList();
  }

  /** Runs of one name are refused where results are read: after all of the work. */
  private static void requireNamesOfTheirOwn(List<Point> points) {
    Set<String> names = new HashSet<>();
    for (Point point : points) {
      if (!names.add(point.id())) {
        throw new IllegalArgumentException(
            "two series are called %s; rename one".formatted(point.traceNames()));
      }
    }
  }

  private static void refuseForeign(Path target) throws IOException {
    Path manifest = target.resolve(Manifest.FILE);
    if (Files.exists(target)
        && !(Files.isRegularFile(manifest) && Manifest.read(manifest).isOf("demo"))) {
      throw new IOException(
          target + ": exists and is not the result of an earlier demo; choose another with --out");
    }
  }
}
