package emulha.commands.experiments;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Sweep;
import emulha.runs.Warmup;
import emulha.traces.Interval;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Options that say which points there are, and whether to go on with what is done. */
final class SweepOptions {
  @Parameter(
      names = "--plan",
      order = 0,
      description =
          "The sweep as JSON (docs/SWEEP.md): traces, methods, intervals_ms, links_bits_per_second, stores, trials,"
              + " replays, warmup, pace, base, reduce_only, every_subset; instead of the options"
              + " below up to --every-subset")
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
      description = "Runs of each kind, each in JVMs of its own; by default 1")
  @Nullable Integer trials;

  @Parameter(
      names = "--replays",
      order = 4,
      description = "Counted replays of each run, one after the other in its JVMs; by default 1")
  @Nullable Integer replays;

  @Parameter(
      names = "--warmup",
      order = 5,
      description =
          "Replays before those, in the same JVMs and not counted: a number such as 3, or a time that they"
              + " take at least; by default "
              + Warmup.DEFAULT)
  @Nullable String warmup;

  @Parameter(
      names = "--pace",
      order = 6,
      description = "realtime (the default), virtual, cooled or asap, as emulhacp takes it")
  @Nullable String pace;

  @Parameter(names = "--base", order = 7, description = "send (the default) or skip")
  @Nullable String base;

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
      description = "Resume even if the JDK, CPU, program or a testbed's link is another")
  boolean force;

  /**
   * Begins the sweep, or goes on with it.
   *
   * @param asked null if none was asked for
   */
  Sweep open(@Nullable SweepPlan asked, Path directory) throws IOException {
    if (repeatDisturbed && !resume) {
      throw new ParameterException(
          "--repeat-disturbed repeats trials of a sweep; it needs --resume");
    }
    if (resume) {
      Sweep sweep = Sweep.resume(asked, directory, force);
      return repeatDisturbed ? sweep.repeatingDisturbed() : sweep;
    }
    if (asked == null) {
      throw new ParameterException("needs --plan, or --trace and --method, or --resume");
    }
    asked.requireTraces();
    return Sweep.create(asked, directory);
  }

  /** The plan asked for; null if none is. */
  @Nullable SweepPlan asked() throws IOException {
    List<String> given = given();
    if (plan != null) {
      if (!given.isEmpty()) {
        throw new ParameterException(
            "--plan and %s exclude each other".formatted(String.join(", ", given)));
      }
      return SweepPlan.read(Path.of(plan));
    }
    if (traces.isEmpty() && methods.isEmpty()) {
      if (!given.isEmpty()) {
        throw new ParameterException(
            "%s only with --trace and --method".formatted(String.join(", ", given)));
      }
      return null;
    }
    return Values.understood("", this::ofOptions);
  }

  /** Which of the options that make a plan are given. */
  private List<String> given() {
    return Stream.of(
            traces.isEmpty() ? "" : "--trace",
            methods.isEmpty() ? "" : "--method",
            intervals.isEmpty() ? "" : "--interval",
            bandwidths.isEmpty() ? "" : "--bandwidth",
            stores.isEmpty() ? "" : "--store",
            trials == null ? "" : "--trials",
            replays == null ? "" : "--replays",
            warmup == null ? "" : "--warmup",
            pace == null ? "" : "--pace",
            base == null ? "" : "--base",
            reduceOnly ? "--reduce-only" : "",
            everySubset ? "--every-subset" : "")
        .filter(option -> !option.isEmpty())
        .toList();
  }

  private SweepPlan ofOptions() {
    return SweepPlan.of(
        new SweepPlan.Keys(
            traces.stream().map(set -> List.of(set.split("\\+"))).toList(),
            methods,
            unlessEmpty(
                intervals, text -> Interval.milliseconds(Values.nanoseconds("--interval", text))),
            unlessEmpty(bandwidths, text -> Values.bitsPerSecond("--bandwidth", text)),
            unlessEmpty(stores, text -> text),
            everySubset,
            new SweepPlan.KeysOfHow(trials, replays, warmup, pace, base, reduceOnly)));
  }

  /** Null for what is left out. */
  private static <T> @Nullable List<T> unlessEmpty(List<String> given, Function<String, T> value) {
    return given.isEmpty() ? null : given.stream().map(value).toList();
  }
}
