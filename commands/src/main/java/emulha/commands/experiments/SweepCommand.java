package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Stability;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Progress;
import emulha.commands.terminal.ThisProgram;
import emulha.experiments.engines.LocalRunner;
import emulha.experiments.engines.OfflineRunner;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.engines.SlurmRunner;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Forecast;
import emulha.experiments.sweep.Sweep;
import emulha.replication.Base;
import emulha.replication.Pace;
import emulha.replication.Warmup;
import emulha.traces.Interval;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class SweepCommand extends Command {
  private static final int WARNINGS = 20;

  @Parameter(
      names = "--plan",
      order = 0,
      description =
          "The sweep as JSON (docs/SWEEP.md): traces, methods, intervals_ms, links_bits_per_second, stores, trials,"
              + " replays, warmup, pace, base, reduce_only; instead of the options below")
  @Nullable String plan;

  @Parameter(
      names = "--trace",
      order = 1,
      splitter = Verbatim.class,
      description = "Series, or series joined by + that are VMs protected together; repeatable")
  List<String> traces = new ArrayList<>();

  @Parameter(
      names = "--method",
      order = 2,
      splitter = Verbatim.class,
      description = "Compression method; repeatable")
  List<String> methods = new ArrayList<>();

  @Parameter(
      names = "--interval",
      order = 3,
      splitter = Verbatim.class,
      description =
          "Checkpointing interval such as 100ms or 16.667ms; by default each recording's own;"
              + " repeatable")
  List<String> intervals = new ArrayList<>();

  @Parameter(
      names = "--bandwidth",
      order = 3,
      splitter = Verbatim.class,
      description =
          "Bandwidth to imitate, such as 100Mbit or 1Gbit; by default the network is used as it is;"
              + " repeatable")
  List<String> bandwidths = new ArrayList<>();

  @Parameter(
      names = "--store",
      order = 3,
      splitter = Verbatim.class,
      description =
          "Where the receiver keeps checkpoints: ram (the default), file, criu, criu-naive, each in a"
              + " directory for the point, or redis://HOST:PORT; repeatable")
  List<String> stores = new ArrayList<>();

  @Parameter(
      names = "--trials",
      order = 4,
      description = "Runs of each kind, each in JVMs of its own")
  int trials = 1;

  @Parameter(
      names = "--replays",
      order = 4,
      description = "Counted replays of each run, one after the other in its JVMs")
  int replays = 1;

  @Parameter(
      names = "--warmup",
      order = 5,
      description =
          "Replays before those, in the same JVMs and not counted: a number such as 3, or a time that they"
              + " take at least")
  String warmup = Warmup.DEFAULT;

  @Parameter(
      names = "--pace",
      order = 6,
      description = "realtime, virtual or asap, as emulhacp takes it")
  String pace = "realtime";

  @Parameter(names = "--base", order = 7, description = "send or skip")
  String base = "send";

  @Parameter(
      names = "--reduce-only",
      order = 8,
      description = "Without network and clock, on all processors")
  boolean reduceOnly;

  @Parameter(
      names = "--every-subset",
      order = 8,
      description =
          "Also run every set of some of the series of each --trace, of up to 4: what it takes to tell"
              + " how much each VM gains by the company of the others")
  boolean everySubset;

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

  @Parameter(
      names = "--resume",
      order = 11,
      description = "Go on with the sweep in --out: run what is not done, failed points included")
  boolean resume;

  @Parameter(
      names = "--repeat-disturbed",
      order = 12,
      description = "With --resume: run trials again that something else kept waiting")
  boolean repeatDisturbed;

  @Parameter(
      names = "--force",
      order = 13,
      description = "Resume even if the JDK, CPU or program is another")
  boolean force;

  @Parameter(
      names = "--engine",
      order = 14,
      description =
          "Where points run: local, on this machine, or slurm, as jobs of a cluster whose nodes see"
              + " the same files")
  String engine = "local";

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

  /** Where the points of a plan run. */
  interface Runners {
    PointRunner of(SweepPlan plan, List<String> commandLine, PointNotes notes);
  }

  /** Points of a cluster that are waited for at once; all are submitted. */
  private static final int CLUSTER_JOBS = 256;

  private final Runners runners;

  public SweepCommand() {
    this(SweepCommand::runner);
  }

  SweepCommand(Runners runners) {
    this.runners = runners;
  }

  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    if (!List.of("local", "slurm").contains(engine)) {
      throw new ParameterException("--engine is local or slurm, not '" + engine + "'");
    }
    if (!sbatch.isEmpty() && !engine.equals("slurm")) {
      throw new ParameterException("--sbatch needs --engine slurm");
    }
    SweepPlan asked = asked();
    if (point != null) {
      runPoint(asked, point, err);
      return;
    }
    if (dryRun) {
      if (asked == null) {
        throw new ParameterException("--dry-run needs --plan, or --trace and --method");
      }
      list(asked, output);
      return;
    }
    if (out == null) {
      throw new ParameterException("The following option is required: [--out]");
    }
    if (repeatDisturbed && !resume) {
      throw new ParameterException(
          "--repeat-disturbed repeats trials of a sweep; it needs --resume");
    }
    Path directory = Path.of(out);
    Sweep sweep;
    if (resume) {
      sweep = Sweep.resume(asked, directory, force);
      if (repeatDisturbed) {
        sweep = sweep.repeatingDisturbed();
      }
    } else if (asked == null) {
      throw new ParameterException("needs --plan, or --trace and --method, or --resume");
    } else {
      asked.requireTraces();
      sweep = Sweep.create(asked, directory);
    }
    boolean slurm = engine.equals("slurm");
    PointRunner runner =
        slurm
            ? slurm(sweep.plan(), directory)
            : runners.of(sweep.plan(), commandLine(), new PointNotes("sweep", err));
    int atOnce = slurm ? CLUSTER_JOBS : sweep.plan().reduceOnly() ? jobs : 1;
    run(sweep, runner, atOnce, directory, output, err);
  }

  private SlurmRunner slurm(SweepPlan plan, Path directory) {
    return new SlurmRunner(plan, directory, ThisProgram.commandLineElsewhere(), sbatch);
  }

  private void runPoint(@Nullable SweepPlan plan, String id, PrintStream err)
      throws IOException, InterruptedException {
    if (plan == null || out == null || engine.equals("slurm")) {
      throw new ParameterException("--point needs --plan and --out, and runs here");
    }
    Point found =
        plan.points().stream()
            .filter(one -> one.id().equals(id))
            .findFirst()
            .orElseThrow(
                () ->
                    new ParameterException("no point is named '" + id + "'; --dry-run lists them"));
    runners.of(plan, commandLine(), new PointNotes("sweep", err)).run(found, Path.of(out));
  }

  private static void run(
      Sweep sweep,
      PointRunner runner,
      int jobs,
      Path directory,
      PrintStream output,
      PrintStream err)
      throws IOException, InterruptedException {
    int total = sweep.plan().points().size();
    int failed;
    try (var progress = Progress.on(err)) {
      failed = points(sweep, runner, jobs, progress, "", err);
    }
    if (failed > 0) {
      throw new IOException(
          "%d of %d points failed, see %s/*.failed; go on with --resume"
              .formatted(failed, total, directory));
    }
    output.println(total + " points done, in " + directory);
    if (!sweep.plan().reduceOnly()) {
      warn(directory, err);
    }
  }

  /** What is to be known before the times are believed. */
  private static void warn(Path directory, PrintStream err) throws IOException {
    Evidence evidence = Evidence.read(directory);
    List<String> warnings = Stability.warnings(evidence.summaries(), evidence.manifests());
    warnings.stream().limit(WARNINGS).forEach(line -> err.println("emulha sweep: " + line));
    if (warnings.size() > WARNINGS) {
      err.println("emulha sweep: and %d more of the kind".formatted(warnings.size() - WARNINGS));
    }
  }

  /**
   * Runs what is left of a sweep.
   *
   * @param jobs points at once
   * @param title stands before each point on the progress bar
   * @return the number of points that failed
   */
  static int points(
      Sweep sweep, PointRunner runner, int jobs, Progress progress, String title, PrintStream err)
      throws IOException, InterruptedException {
    var listener = new Listener(progress, title, err, sweep.plan().points().size());
    return sweep.run(runner, jobs, listener);
  }

  static PointRunner runner(SweepPlan plan, List<String> commandLine, PointNotes notes) {
    return plan.reduceOnly()
        ? new OfflineRunner(commandLine)
        : new LocalRunner(ThisProgram.commandLine(), notes);
  }

  private @Nullable SweepPlan asked() throws IOException {
    if (plan != null) {
      if (!traces.isEmpty()
          || !methods.isEmpty()
          || !intervals.isEmpty()
          || !bandwidths.isEmpty()
          || !stores.isEmpty()) {
        throw new ParameterException(
            "--plan and --trace, --method, --interval, --bandwidth, --store exclude each other");
      }
      return SweepPlan.read(Path.of(plan));
    }
    if (traces.isEmpty() && methods.isEmpty()) {
      return null;
    }
    try {
      return ofOptions();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(String.valueOf(e.getMessage()), e);
    }
  }

  private SweepPlan ofOptions() {
    List<List<String>> sets = traces.stream().map(set -> List.of(set.split("\\+"))).toList();
    return new SweepPlan(
        everySubset ? SweepPlan.everySubset(sets) : sets,
        SweepPlan.methods(methods),
        intervals.isEmpty()
            ? List.of(BigDecimal.ZERO)
            : intervals.stream()
                .map(text -> Interval.milliseconds(Values.nanoseconds("--interval", text)))
                .toList(),
        bandwidths.isEmpty()
            ? List.of(0L)
            : bandwidths.stream().map(text -> Values.bitsPerSecond("--bandwidth", text)).toList(),
        stores.isEmpty() ? List.of(Point.RAM) : stores,
        trials,
        replays,
        warmup,
        SweepPlan.choice("pace", pace, Pace.class),
        SweepPlan.choice("base", base, Base.class),
        reduceOnly);
  }

  private void list(SweepPlan plan, PrintStream output) throws IOException {
    plan.requireTraces();
    List<Point> points = plan.points();
    points.forEach(point -> output.println(point.id()));
    Forecast estimate = Forecast.of(plan, jobs);
    output.println(
        "%d points, about %d s and %d KiB of results"
            .formatted(
                points.size(), estimate.time().toSeconds() + 1, estimate.diskBytes() / 1024 + 1));
    if (engine.equals("slurm")) {
      slurm(plan, Path.of(out == null ? "OUT" : out)).scripts(points).forEach(output::println);
    }
  }

  private static final class Listener implements Sweep.Listener {
    private final Progress progress;
    private final String title;
    private final PrintStream err;
    private final int total;
    private int done;

    Listener(Progress progress, String title, PrintStream err, int total) {
      this.progress = progress;
      this.title = title;
      this.err = err;
      this.total = total;
    }

    @Override
    public void resumed(int alreadyDone, int all) {
      done = alreadyDone;
      progress.at(title, done, total);
    }

    @Override
    public void started(Point point) {
      progress.at(title + point.id(), done, total);
    }

    @Override
    public void ended(Point point, @Nullable String reason) {
      done++;
      if (reason != null) {
        err.println("emulha sweep: " + point.id() + " failed: " + reason);
      }
      progress.at(title + point.id(), done, total);
    }
  }
}
