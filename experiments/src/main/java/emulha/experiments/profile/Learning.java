package emulha.experiments.profile;

import emulha.codecs.CheckpointKind;
import emulha.codecs.CostClock;
import emulha.codecs.auto.AutoProfile;
import emulha.codecs.auto.AutoTrials;
import emulha.memory.PageSize;
import emulha.runs.CheckpointReader;
import emulha.runs.RunDescription;
import emulha.traces.Series;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;

/**
 * Learns an {@link AutoProfile} from recordings: every page of the incremental checkpoints by every
 * stage, twice, so that the first time warms the JVM up and the second counts. The base is taken
 * for known to both ends.
 */
public final class Learning {
  private static final int CLOCK_READINGS = 10_001;

  private Learning() {}

  /**
   * CPU time of the thread that reads the clock, less the time that reading takes, as it is in the
   * median: between two readings there is what was done, and nothing else.
   */
  public static CostClock cpuClock() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long[] times = new long[CLOCK_READINGS];
    for (int i = 0; i < times.length; i++) {
      long start = threads.getCurrentThreadCpuTime();
      times[i] = threads.getCurrentThreadCpuTime() - start;
    }
    Arrays.sort(times);
    long each = times[times.length / 2];
    long[] readings = {0};
    return () -> threads.getCurrentThreadCpuTime() - each * readings[0]++;
  }

  /**
   * What was learnt.
   *
   * @param costs what the stages cost, and the choices of what was known before
   * @param profile what this recording alone teaches
   */
  public record Lesson(AutoTrials.Costs costs, AutoProfile profile) {}

  /**
   * Learns from one recording.
   *
   * @param series one per VM, protected together
   * @param known what is known before; stays as it is
   * @param bitsPerSecond of the link for which costs are given
   * @param clock of the CPU
   * @throws IllegalArgumentException if the series are of different intervals, or of other pages
   *     than a profile speaks of
   */
  public static Lesson from(
      List<Series> series, AutoProfile known, long bitsPerSecond, CostClock clock)
      throws IOException {
    RunDescription.requireOneInterval(series.stream().map(Series::info).toList());
    pass(series, new AutoProfile(known.stages()), known, bitsPerSecond, clock);
    var learnt = new AutoProfile(known.stages());
    return new Lesson(pass(series, learnt, known, bitsPerSecond, clock), learnt);
  }

  private static AutoTrials.Costs pass(
      List<Series> series,
      AutoProfile learnt,
      AutoProfile known,
      long bitsPerSecond,
      CostClock clock)
      throws IOException {
    for (Series vm : series) {
      if (!vm.info().pageSize().equals(PageSize.SMALL)) {
        throw new IllegalArgumentException(
            "series %s has pages of %s; a profile speaks of pages of 4KiB"
                .formatted(vm.info().name(), vm.info().pageSize()));
      }
    }
    long[] ramPages = series.stream().mapToLong(vm -> vm.info().description().ramPages()).toArray();
    try (var reader = new CheckpointReader(series, false, false);
        var trials = new AutoTrials(known, learnt, bitsPerSecond, ramPages, clock)) {
      while (reader.nextBase(false)) {
        checkpoint(trials, CheckpointKind.PRIMING, reader, ramPages.length);
      }
      while (reader.nextCheckpoint()) {
        checkpoint(trials, CheckpointKind.INCREMENTAL, reader, ramPages.length);
      }
      return trials.costs();
    }
  }

  private static void checkpoint(
      AutoTrials trials, CheckpointKind kind, CheckpointReader reader, int vms) throws IOException {
    trials.begin(kind);
    for (int vm = 0; vm < vms; vm++) {
      trials.pages(vm, reader.pages(vm), kind == CheckpointKind.PRIMING);
    }
    trials.end();
  }
}
