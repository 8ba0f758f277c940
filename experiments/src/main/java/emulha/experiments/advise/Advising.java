package emulha.experiments.advise;

import emulha.analysis.measures.Manifest;
import emulha.codecs.Method;
import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.plan.SweepPlan.How;
import emulha.files.WholeFile;
import emulha.metrics.MissRatioRow;
import emulha.metrics.columns.RowWriter;
import emulha.runs.Base;
import emulha.runs.Environment;
import emulha.runs.Pace;
import emulha.runs.Warmup;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.stats.Characterisation;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Comes to an advice: takes a sample of a recording, replays it with all methods over the network
 * as it is, and with those that this leaves in question over the link. One thread only.
 *
 * @param directory there and empty; gets the sample's results
 */
public record Advising(Wanted wanted, Path directory, Replays replays, Progress progress) {
  /** Enough to tell methods apart that are far apart. */
  private static final String FIRST_WARMUP = "2s";

  /** JVMs for each finalist over the link, at least. */
  private static final int LEAST_FINAL_TRIALS = 3;

  /** What a method's counted replays in a JVM come to. */
  private static final Enough COUNTED = new Enough(200, 150_000);

  /** The same of a finalist. */
  private static final Enough FINAL_COUNTED = new Enough(600, 400_000);

  /** So many checkpoints or so many pages, whichever are fewer replays. */
  private record Enough(int checkpoints, long pages) {
    int replays(Sample sample) {
      int each = sample.stretches().stream().mapToInt(one -> one.to() - one.from()).sum();
      return (int) Math.min(Math.ceilDiv(checkpoints, each), pages / (sample.dirtyPages() + 1) + 1);
    }
  }

  /**
   * What is asked for.
   *
   * @param methods to try; the usual ones if empty
   * @param stretch checkpoints of each stretch; null for the usual number
   * @param trials replays of each method, a JVM each
   */
  public record Wanted(
      Limits limits,
      Advice.Prefer prefer,
      List<Method> methods,
      @Nullable Integer stretch,
      int trials) {}

  /** Replays, for the caller to show progress and choose where. */
  @FunctionalInterface
  public interface Replays {
    /**
     * Runs all points of a plan.
     *
     * @return the number of points that failed
     */
    int run(SweepPlan plan, Path directory) throws IOException, InterruptedException;
  }

  /**
   * Samples, replays, and advises.
   *
   * @param vms VMs protected together
   * @param commandLine for the sample's manifest
   * @param sampled for the sampled series
   */
  public Advice run(List<Series> vms, List<String> commandLine, Path sampled)
      throws IOException, InterruptedException {
    Sample sample = sample(vms, commandLine, sampled);
    Advice advice = Adviser.read(directory, wanted.limits(), wanted.prefer());
    List<String> finalists = Adviser.finalists(advice);
    if (finalists.isEmpty()) {
      return advice;
    }
    replay(
        sample,
        SweepPlan.methods(finalists),
        wanted.limits().linkBitsPerSecond(),
        Math.max(wanted.trials(), LEAST_FINAL_TRIALS),
        FINAL_COUNTED,
        Warmup.DEFAULT,
        "over-the-link");
    return Adviser.read(directory, wanted.limits(), wanted.prefer());
  }

  /** Measures the sample, over the network as it is. */
  private Sample sample(List<Series> vms, List<String> commandLine, Path sampled)
      throws IOException, InterruptedException {
    Sample sample = Sample.write(vms, wanted.stretch(), sampled, progress);
    List<MissRatioRow> missRatios = Characterisation.missRatios(vms);
    try (var writer = RowWriter.open(directory.resolve(Adviser.MISS_RATIO), MissRatioRow.class)) {
      writer.writeAll(missRatios);
      writer.commit();
    }
    List<Method> tried =
        wanted.methods().isEmpty()
            ? SweepPlan.methods(
                Sample.methods(
                    vms, DeltaCache.of(missRatios).pages(), wanted.limits().memoryBytes()))
            : wanted.methods();
    replay(sample, tried, 0, wanted.trials(), COUNTED, FIRST_WARMUP, "sample");
    var described =
        new Adviser.Described(
            sample.checkpoints(),
            sample.stretches().stream().map(one -> List.of(one.from(), one.to())).toList());
    WholeFile.write(
        directory.resolve(Manifest.FILE),
        Environment.manifest(commandLine, Map.of(Adviser.SAMPLE, described)));
    return sample;
  }

  private void replay(
      Sample sample,
      List<Method> methods,
      long link,
      int trials,
      Enough counted,
      String warmup,
      String place)
      throws IOException, InterruptedException {
    var plan =
        new SweepPlan(
            List.of(sample.series().stream().map(Path::toString).toList()),
            methods,
            List.of(BigDecimal.ZERO),
            List.of(link),
            List.of(SharedStore.RAM),
            new How(trials, counted.replays(sample), warmup, Pace.ASAP, Base.SKIP, false));
    int failed = replays.run(plan, directory.resolve(place));
    if (failed > 0) {
      throw new IOException("%d of %d replays failed".formatted(failed, plan.points().size()));
    }
  }
}
