package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import com.beust.jcommander.ParametersDelegate;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.PointNotes;
import emulha.commands.terminal.SweepRun;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.engines.Engines;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.engines.Testbed;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Forecast;
import emulha.experiments.sweep.Sweep;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a grid of points. */
public final class SweepCommand extends Command {
  @ParametersDelegate final SweepOptions options = new SweepOptions();

  @Parameter(
      names = "--jobs",
      order = 9,
      description = "Points at once with --reduce-only; by default one per processor")
  int jobs = Runtime.getRuntime().availableProcessors();

  @Parameter(
      names = "--dry-run",
      order = 10,
      description = "List the points and estimate time and disk from a short probe")
  boolean dryRun;

  @Parameter(names = "--engine", order = 14, description = Engines.DESCRIPTION)
  String engine = Engines.LOCAL;

  @Parameter(
      names = "--sbatch",
      order = 15,
      splitter = Verbatim.class,
      description =
          "With --engine slurm, one more option for sbatch, such as --partition=NAME; repeatable")
  List<String> sbatch = new ArrayList<>();

  @Parameter(
      names = "--point",
      order = 16,
      description = "Run this point of --plan alone, with its results in --out")
  @Nullable String point;

  @Parameter(names = "--out", order = 17, description = "Directory of the sweep")
  @Nullable String out;

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    if (jobs < 1) {
      throw new ParameterException("--jobs takes a number from 1 on, not '%d'".formatted(jobs));
    }
    Engines.Engine kind = Values.named(Engines::named, engine);
    if (!sbatch.isEmpty() && !kind.elsewhere()) {
      throw new ParameterException("--sbatch needs --engine slurm");
    }
    SweepPlan asked = options.asked();
    if (point != null) {
      runPoint(asked, kind, point, err);
      return;
    }
    if (dryRun) {
      if (asked == null) {
        throw new ParameterException("--dry-run needs --plan, or --trace and --method");
      }
      list(asked, kind, output, err);
      return;
    }
    if (out == null) {
      throw new ParameterException("The following option is required: [--out]");
    }
    Path directory = Path.of(out);
    if (options.resume && !options.force && Files.exists(directory.resolve(Testbed.DESCRIPTION))) {
      throw new IOException(
          directory
              + ": begun over a testbed's link; go on with emulha testbed --resume, or --force to mix"
              + " what has it with what has not");
    }
    Sweep sweep = options.open(asked, directory);
    new SweepRun("sweep", err)
        .run(sweep, runner(kind, sweep.plan(), directory, err), jobs, directory, output);
  }

  private PointRunner runner(Engines.Engine kind, SweepPlan plan, Path directory, PrintStream err) {
    return kind.of(
        new Engines.Use(
            plan,
            directory,
            ThisProgram.asked(commandLine()),
            sbatch,
            new PointNotes("sweep", err)));
  }

  private void runPoint(@Nullable SweepPlan plan, Engines.Engine kind, String id, PrintStream err)
      throws IOException, InterruptedException {
    if (plan == null || out == null || kind.elsewhere()) {
      throw new ParameterException("--point needs --plan and --out, and runs here");
    }
    Point found =
        plan.points().stream()
            .filter(one -> one.id().equals(id))
            .findFirst()
            .orElseThrow(
                () ->
                    new ParameterException("no point is named '" + id + "'; --dry-run lists them"));
    Path directory = Path.of(out);
    runner(kind, plan, directory, err).run(found, directory);
  }

  private void list(SweepPlan plan, Engines.Engine kind, PrintStream output, PrintStream err)
      throws IOException {
    plan.requireTraces();
    List<Point> points = plan.points();
    points.forEach(point -> output.println(point.id()));
    Forecast estimate = Forecast.of(plan, jobs);
    output.println(
        "%d points, about %d s and %d KiB of results"
            .formatted(
                points.size(), estimate.time().toSeconds() + 1, estimate.diskBytes() / 1024 + 1));
    runner(kind, plan, Path.of(out == null ? "OUT" : out), err)
        .scripts(points)
        .forEach(output::println);
  }
}
