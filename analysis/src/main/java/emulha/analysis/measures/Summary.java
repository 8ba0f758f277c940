package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;

/**
 * One setting's measures, over all its trials: of all VMs together, and, where there are several,
 * of each. A measure is computed for each replay. What is timed has as its sample the fresh pairs
 * of JVMs, each with the median over its replays, since replays in one JVM share what its JIT
 * compiler decided; see {@link Statistics#median}. What is counted is exact.
 *
 * @param setting what was measured under
 * @param of what it is of
 * @param extent what it rests on
 * @param perTrial values of each trial in the order of their beginnings, for the measures that are
 *     available
 * @param spans when each trial ran, in the same order; empty where that is not known of all
 * @param estimates the measures that are available
 * @param bounds where disturbed trials leave too few for an interval, what all of them say of a
 *     measure that they can only have made larger: at most the upper end of their interval
 */
public record Summary(
    Setting setting,
    Of of,
    Extent extent,
    Map<Measure, List<Double>> perTrial,
    List<Span> spans,
    Map<Measure, Estimate> estimates,
    Map<Measure, Estimate> bounds) {
  /**
   * One VM, or several together.
   *
   * @param vm name of the VM, or {@link #ALL_VMS} if these are several VMs together
   * @param workload workload of the VM; of all VMs, joined by + in the order of their names
   * @param vms number of VMs protected together
   * @param wholeSet whether this is of all VMs of the setting together
   */
  public record Of(String vm, String workload, int vms, boolean wholeSet) {}

  /**
   * How much was seen.
   *
   * @param trials number of independent trials: runs, each of which is a fresh pair of JVMs
   * @param disturbed number of further trials that were disturbed and are left out; if all were,
   *     they are not left out, {@code trials} is 0, and what is timed decides nothing
   * @param replays number of counted replays, of all trials together
   * @param checkpoints number of incremental checkpoints over all replays
   * @param verified whether every checkpoint was proved equal to the recording
   */
  public record Extent(
      int trials, int disturbed, int replays, long checkpoints, boolean verified) {}

  /** In place of a VM's name: all VMs of the setting together. */
  public static final String ALL_VMS = "all";

  /** Copies the maps. */
  public Summary {
    perTrial = Map.copyOf(perTrial);
    spans = List.copyOf(spans);
    estimates = Map.copyOf(estimates);
    bounds = Map.copyOf(bounds);
  }

  /** A measure, if available. */
  public Optional<Estimate> get(Measure measure) {
    return Optional.ofNullable(estimates.get(measure));
  }

  /** A measure's value in each trial, in the order of {@link #perTrial()}; none if unavailable. */
  double[] perTrial(Measure measure) {
    return array(perTrial.getOrDefault(measure, List.of()));
  }

  /** The same with other estimates. */
  Summary withEstimates(Map<Measure, Estimate> other) {
    return new Summary(setting, of, extent, perTrial, spans, other, Map.of());
  }

  /** Number of VMs protected together. */
  public int vms() {
    return of.vms();
  }

  /** Whether this is of all VMs of the setting together. */
  public boolean wholeSet() {
    return of.wholeSet();
  }

  /** Number of independent trials that count. */
  public int trials() {
    return extent.trials();
  }

  /** Number of incremental checkpoints over all replays. */
  public long checkpoints() {
    return extent.checkpoints();
  }

  /** Whether all that is timed here was disturbed. */
  boolean restsOnDisturbed() {
    return extent.trials() == 0 && extent.disturbed() > 0;
  }

  /** Summaries of all settings, in the order of the results. */
  public static List<Summary> of(Results results) {
    Map<String, Run> runs = new LinkedHashMap<>();
    results.runs().forEach(one -> runs.put(one.id(), one));
    Table table = results.checkpoints();
    var run = Checkpoints.RUN_ID.text(table);
    var trial = Checkpoints.TRIAL.longs(table);

    Map<Setting, Map<String, Map<Long, List<Integer>>>> rows = new LinkedHashMap<>();
    Map<String, Setting> settings = new HashMap<>();
    runs.forEach(
        (id, one) -> {
          settings.put(id, Setting.of(one));
          rows.computeIfAbsent(Setting.of(one), s -> new LinkedHashMap<>());
        });
    for (int row = 0; row < table.rowCount(); row++) {
      Setting setting = settings.get(run.get(row));
      Map<String, Map<Long, List<Integer>>> trials = setting == null ? null : rows.get(setting);
      if (trials == null) {
        throw new IllegalArgumentException("run " + run.get(row) + " is not in runs.csv");
      }
      trials
          .computeIfAbsent(run.get(row), key -> new TreeMap<>())
          .computeIfAbsent(trial.getLong(row), key -> new ArrayList<>())
          .add(row);
    }
    List<Summary> summaries = new ArrayList<>();
    rows.forEach(
        (setting, trials) -> {
          List<TrialRows> all = new ArrayList<>();
          trials.forEach(
              (id, replays) ->
                  all.add(
                      new TrialRows(
                          List.copyOf(replays.values()), Objects.requireNonNull(runs.get(id)))));
          if (all.stream().allMatch(one -> one.span().isPresent())) {
            all.sort(Comparator.comparing(one -> one.span().orElseThrow(), Span.order()));
          }
          summarize(table, setting, all, summaries);
        });
    return summaries;
  }

  /**
   * A trial's rows.
   *
   * @param replays of each replay, row numbers in the table of checkpoints
   */
  private record TrialRows(List<List<Integer>> replays, Run run) {
    /** When it ran, if known. */
    Optional<Span> span() {
      RunRow.Circumstances at = run.row().circumstances();
      return at == null
          ? Optional.empty()
          : Optional.of(new Span(at.startedUnixMs(), at.endedUnixMs()));
    }

    /** What the store took at the end of its trial; null if there were several trials. */
    RunRow.@Nullable Store end() {
      return run.row().extent().trials() == 1 ? run.row().storage() : null;
    }
  }

  private static void summarize(
      Table table, Setting setting, List<TrialRows> trials, List<Summary> summaries) {
    var vm = Checkpoints.VM.text(table);
    Set<String> vms = new TreeSet<>();
    trials.forEach(
        rows -> rows.replays().forEach(some -> some.forEach(row -> vms.add(vm.get(row)))));
    if (vms.isEmpty()) {
      return;
    }
    // Several may be called the same, and then nothing tells them apart.
    int count =
        Math.max(
            vms.size(),
            trials.stream().mapToInt(one -> one.run().row().extent().vms()).max().orElse(0));
    summaries.add(
        summary(table, setting, trials, vms, count, count == 1 ? vms.iterator().next() : ALL_VMS));
    if (vms.size() > 1) {
      vms.forEach(one -> summaries.add(summary(table, setting, trials, vms, count, one)));
    }
  }

  /**
   * What trials show of one VM, or of all together.
   *
   * @param perReplay values of all replays of all trials
   */
  private record Seen(
      Map<String, String> workloads,
      Map<Measure, List<Double>> perTrial,
      Map<Measure, List<Double>> perReplay,
      int replays,
      long checkpoints,
      boolean verified) {
    static Seen in(
        Table table, Setting setting, List<TrialRows> trials, boolean whole, String one) {
      var vm = Checkpoints.VM.text(table);
      var verified = Checkpoints.VERIFIED.flags(table);
      var workload = Checkpoints.WORKLOAD.text(table);
      Map<String, String> workloads = new TreeMap<>();
      Map<Measure, List<Double>> perTrial = new EnumMap<>(Measure.class);
      Map<Measure, List<Double>> perReplay = new EnumMap<>(Measure.class);
      long checkpoints = 0;
      int replays = 0;
      boolean allVerified = true;
      for (TrialRows each : trials) {
        Map<Measure, List<Double>> values = new EnumMap<>(Measure.class);
        for (List<Integer> some : each.replays()) {
          List<Integer> rows =
              whole ? some : some.stream().filter(row -> vm.get(row).equals(one)).toList();
          var trial = new Trial(table, setting.intervalNs(), rows, whole, each.end());
          replays++;
          checkpoints += trial.checkpoints();
          for (int row : rows) {
            workloads.put(vm.get(row), workload.get(row));
            allVerified &= Boolean.TRUE.equals(verified.get(row));
          }
          for (Measure measure : Measure.values()) {
            OptionalDouble value = measure.of(trial);
            if (value.isPresent()) {
              values.computeIfAbsent(measure, m -> new ArrayList<>()).add(value.getAsDouble());
            }
          }
        }
        values.forEach(
            (measure, some) -> {
              perReplay.computeIfAbsent(measure, m -> new ArrayList<>()).addAll(some);
              perTrial.computeIfAbsent(measure, m -> new ArrayList<>()).add(median(some).value());
            });
      }
      int replaysSeen = replays;
      perTrial.keySet().removeIf(measure -> perReplay.get(measure).size() != replaysSeen);
      return new Seen(workloads, perTrial, perReplay, replays, checkpoints, allVerified);
    }
  }

  private static Summary summary(
      Table table, Setting setting, List<TrialRows> all, Set<String> vms, int count, String one) {
    List<TrialRows> undisturbed = all.stream().filter(trial -> !trial.run().disturbed()).toList();
    List<TrialRows> trials = undisturbed.isEmpty() ? all : undisturbed;
    boolean whole = vms.size() == 1 || one.equals(ALL_VMS);
    Seen seen = Seen.in(table, setting, trials, whole, one);
    Map<Measure, Estimate> estimates = new EnumMap<>(Measure.class);
    seen.perTrial()
        .forEach(
            (measure, values) -> {
              Estimate estimate = estimate(measure, values, seen.perReplay().get(measure));
              estimates.put(
                  measure,
                  undisturbed.isEmpty() && measure.timed() ? estimate.asSeenOnce() : estimate);
            });
    Map<Measure, Estimate> bounds = new EnumMap<>(Measure.class);
    if (undisturbed.size() < all.size()) {
      Seen.in(table, setting, all, whole, one)
          .perTrial()
          .forEach(
              (measure, values) -> {
                Estimate interval = median(values);
                Estimate estimate = estimates.get(measure);
                if (measure.lengthened()
                    && interval.decides()
                    && estimate != null
                    && !estimate.decides()) {
                  bounds.put(measure, interval.orLess());
                }
              });
    }
    return new Summary(
        setting,
        new Of(one, String.join("+", new LinkedHashSet<>(seen.workloads().values())), count, whole),
        new Extent(
            undisturbed.size(),
            all.size() - undisturbed.size(),
            seen.replays(),
            seen.checkpoints(),
            seen.verified()),
        seen.perTrial(),
        spans(trials),
        estimates,
        bounds);
  }

  private static List<Span> spans(List<TrialRows> trials) {
    List<Span> spans = trials.stream().map(TrialRows::span).flatMap(Optional::stream).toList();
    return spans.size() == trials.size() ? spans : List.of();
  }

  /**
   * The interval over the trials; of fewer than it takes, the range of all replays, and so where
   * what is counted differs, in however few of many trials.
   */
  private static Estimate estimate(Measure measure, List<Double> trials, List<Double> replays) {
    double least = Statistics.quantile(0, array(replays));
    double most = Statistics.quantile(1, array(replays));
    if (!measure.timed() && least == most) {
      return Estimate.exact(least);
    }
    Estimate interval = median(trials);
    return measure.timed() && interval.decides()
        ? interval
        : new Estimate(interval.value(), least, most, trials.size());
  }

  private static Estimate median(List<Double> values) {
    return Statistics.median(array(values));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
