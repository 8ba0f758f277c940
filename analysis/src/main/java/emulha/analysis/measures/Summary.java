package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.StringColumn;
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

  /** The value of a measure that is available. */
  public double value(Measure measure) {
    return get(measure).orElseThrow().value();
  }

  /** Size of its pages in bytes, where it has any. */
  public double pageBytes() {
    return Math.rint(value(Measure.CHECKPOINT_BYTES) / value(Measure.DIRTY_PAGES));
  }

  /** A measure's value in each trial, in the order of {@link #perTrial()}; none if unavailable. */
  double[] perTrial(Measure measure) {
    return array(perTrial.getOrDefault(measure, List.of()));
  }

  /** The same with other estimates. */
  Summary withEstimates(Map<Measure, Estimate> other) {
    return new Summary(setting, of, extent, perTrial, spans, other, Map.of());
  }

  /** The compression method. */
  public String method() {
    return setting.method();
  }

  public int vms() {
    return of.vms();
  }

  public boolean wholeSet() {
    return of.wholeSet();
  }

  public int trials() {
    return extent.trials();
  }

  public long checkpoints() {
    return extent.checkpoints();
  }

  /** Whether all that is timed here was disturbed. */
  boolean restsOnDisturbed() {
    return extent.trials() == 0 && extent.disturbed() > 0;
  }

  /** Summaries of all settings, in the order of the results. */
  public static List<Summary> of(Results results) {
    Table table = results.checkpoints();
    var run = Checkpoints.RUN_ID.text(table);
    var trial = Checkpoints.TRIAL.longs(table);
    Map<String, Map<Long, List<Integer>>> replays = new HashMap<>();
    for (int row = 0; row < table.rowCount(); row++) {
      replays
          .computeIfAbsent(run.get(row), key -> new TreeMap<>())
          .computeIfAbsent(trial.getLong(row), key -> new ArrayList<>())
          .add(row);
    }
    List<Summary> summaries = new ArrayList<>();
    Groups.by(Setting::of, results.runs())
        .forEach(
            (setting, runs) -> {
              List<TrialRows> trials =
                  runs.stream()
                      .map(
                          one ->
                              new TrialRows(
                                  List.copyOf(replays.getOrDefault(one.id(), Map.of()).values()),
                                  one))
                      .filter(one -> !one.replays().isEmpty())
                      .collect(Collectors.toList());
              if (trials.stream().allMatch(one -> one.run().span().isPresent())) {
                trials.sort(Comparator.comparing(one -> one.run().span().orElseThrow()));
              }
              summarize(table, setting, trials, summaries);
            });
    return summaries;
  }

  /**
   * A trial's rows.
   *
   * @param replays of each replay, row numbers in the table of checkpoints
   */
  private record TrialRows(List<List<Integer>> replays, Run run) {
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
    String together = count == 1 ? vms.iterator().next() : ALL_VMS;
    summaries.add(summary(table, setting, trials, count, together, true));
    if (vms.size() > 1) {
      vms.forEach(one -> summaries.add(summary(table, setting, trials, count, one, false)));
    }
  }

  /** A measure's values in all replays, and of each trial the median over its replays. */
  private record Values(List<Double> perReplay, List<Double> perTrial) {
    /** None if one of the replays lacks it. */
    static Optional<Values> of(Measure measure, List<List<Trial>> trials) {
      List<List<Double>> values =
          trials.stream().map(replays -> replays.stream().map(measure::of).toList()).toList();
      List<Double> perReplay = values.stream().flatMap(List::stream).toList();
      return perReplay.stream().anyMatch(value -> value.isNaN())
          ? Optional.empty()
          : Optional.of(
              new Values(perReplay, values.stream().map(some -> median(some).value()).toList()));
    }
  }

  private static Summary summary(
      Table table, Setting setting, List<TrialRows> all, int vms, String name, boolean whole) {
    var vm = Checkpoints.VM.text(table);
    Predicate<Integer> wanted = row -> whole || vm.get(row).equals(name);
    Function<TrialRows, List<Trial>> replays =
        trial ->
            trial.replays().stream()
                .map(rows -> rows.stream().filter(wanted).toList())
                .map(rows -> new Trial(table, setting.intervalNs(), rows, whole, trial.end()))
                .toList();
    List<TrialRows> undisturbed = all.stream().filter(trial -> !trial.run().disturbed()).toList();
    List<TrialRows> trials = undisturbed.isEmpty() ? all : undisturbed;
    List<List<Trial>> seen = trials.stream().map(replays).toList();
    Map<Measure, List<Double>> perTrial = new EnumMap<>(Measure.class);
    Map<Measure, Estimate> estimates = new EnumMap<>(Measure.class);
    Map<Measure, Estimate> bounds = new EnumMap<>(Measure.class);
    for (Measure measure : Measure.values()) {
      Values.of(measure, seen)
          .ifPresent(
              values -> {
                perTrial.put(measure, values.perTrial());
                Estimate estimate = estimate(measure, values);
                estimates.put(
                    measure,
                    undisturbed.isEmpty() && measure.timed() ? estimate.asSeenOnce() : estimate);
              });
      Estimate estimate = estimates.get(measure);
      if (measure.lengthened()
          && undisturbed.size() < all.size()
          && estimate != null
          && !estimate.decides()) {
        Values.of(measure, all.stream().map(replays).toList())
            .map(values -> median(values.perTrial()))
            .filter(Estimate::decides)
            .ifPresent(interval -> bounds.put(measure, interval.orLess()));
      }
    }
    List<Span> spans = trials.stream().flatMap(trial -> trial.run().span().stream()).toList();
    Map<String, String> workloads = new TreeMap<>();
    StringColumn workload = Checkpoints.WORKLOAD.text(table);
    BooleanColumn proved = Checkpoints.VERIFIED.flags(table);
    boolean verified = true;
    for (TrialRows trial : trials) {
      for (int row : trial.replays().stream().flatMap(List::stream).filter(wanted).toList()) {
        workloads.put(vm.get(row), workload.get(row));
        verified &= Boolean.TRUE.equals(proved.get(row));
      }
    }
    return new Summary(
        setting,
        new Of(name, String.join("+", new LinkedHashSet<>(workloads.values())), vms, whole),
        new Extent(
            undisturbed.size(),
            all.size() - undisturbed.size(),
            seen.stream().mapToInt(List::size).sum(),
            seen.stream().flatMap(List::stream).mapToLong(Trial::checkpoints).sum(),
            verified),
        perTrial,
        spans.size() == trials.size() ? spans : List.of(),
        estimates,
        bounds);
  }

  /**
   * The interval over the trials; of fewer than it takes, the range of all replays, and so where
   * what is counted differs, in however few of many trials.
   */
  private static Estimate estimate(Measure measure, Values values) {
    double least = Collections.min(values.perReplay());
    double most = Collections.max(values.perReplay());
    if (!measure.timed() && least == most) {
      return Estimate.exact(least);
    }
    Estimate interval = median(values.perTrial());
    return measure.timed() && interval.decides()
        ? interval
        : new Estimate(interval.value(), least, most, interval.trials());
  }

  private static Estimate median(List<Double> values) {
    return Statistics.median(array(values));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
