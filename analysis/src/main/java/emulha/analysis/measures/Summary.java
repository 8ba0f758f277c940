package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/**
 * One setting's measures, over all its trials: of all VMs together, and, where there are several,
 * of each. A measure is computed for each replay. What is timed has as its sample the fresh pairs
 * of JVMs, each with the median over its replays, since replays in one JVM share what its JIT
 * compiler decided; see {@link Statistics#median}. What is counted is exact.
 *
 * @param setting what was measured under
 * @param vm name of the VM, or {@link #ALL_VMS} if these are several VMs together
 * @param workload workload of the VM; of all VMs, joined by + in the order of their names
 * @param vms number of VMs protected together
 * @param wholeSet whether this is of all VMs of the setting together
 * @param trials number of independent trials: runs, each of which is a fresh pair of JVMs
 * @param disturbed number of further trials that were disturbed and are left out; if all were, they
 *     are not left out, {@code trials} is 0, and what is timed decides nothing
 * @param replays number of counted replays, of all trials together
 * @param checkpoints number of incremental checkpoints over all replays
 * @param verified whether every checkpoint was proved equal to the recording
 * @param perTrial values of each trial in the order of their beginnings, for the measures that are
 *     available
 * @param spans when each trial ran, in the same order; empty where that is not known of all
 * @param estimates the measures that are available
 */
public record Summary(
    Setting setting,
    String vm,
    String workload,
    int vms,
    boolean wholeSet,
    int trials,
    int disturbed,
    int replays,
    long checkpoints,
    boolean verified,
    Map<Measure, List<Double>> perTrial,
    List<Span> spans,
    Map<Measure, Estimate> estimates) {

  private static final String STARTED = "started_unix_ms";
  private static final String ENDED = "ended_unix_ms";
  private static final String DISTURBED = "disturbed";

  /** In place of a VM's name: all VMs of the setting together. */
  public static final String ALL_VMS = "all";

  /** Copies the maps. */
  public Summary {
    perTrial = Map.copyOf(perTrial);
    spans = List.copyOf(spans);
    estimates = Map.copyOf(estimates);
  }

  /** A measure, if available. */
  public Optional<Estimate> get(Measure measure) {
    return Optional.ofNullable(estimates.get(measure));
  }

  /** The same with other estimates. */
  Summary withEstimates(Map<Measure, Estimate> other) {
    return new Summary(
        setting,
        vm,
        workload,
        vms,
        wholeSet,
        trials,
        disturbed,
        replays,
        checkpoints,
        verified,
        perTrial,
        spans,
        other);
  }

  /** Whether all that is timed here was disturbed. */
  boolean restsOnDisturbed() {
    return trials == 0 && disturbed > 0;
  }

  /** Summaries of all settings, in the order of the results. */
  public static List<Summary> of(Results results) {
    Map<String, Setting> settingOfRun = settings(results.runs());
    Map<String, Map<String, Long>> ends = ends(results.runs());
    Map<String, Span> spans = spansOfRuns(results.runs());
    Set<String> disturbed = disturbedRuns(results.runs());
    Table table = results.checkpoints();
    var run = table.stringColumn("run_id");
    var trial = table.longColumn("trial");

    Map<Setting, Map<String, Map<Long, List<Integer>>>> rows = new LinkedHashMap<>();
    settingOfRun
        .values()
        .forEach(setting -> rows.computeIfAbsent(setting, s -> new LinkedHashMap<>()));
    for (int row = 0; row < table.rowCount(); row++) {
      Setting setting = settingOfRun.get(run.get(row));
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
                          List.copyOf(replays.values()),
                          disturbed.contains(id),
                          ends.getOrDefault(id, Map.of()),
                          Optional.ofNullable(spans.get(id)))));
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
   * @param disturbed whether something else kept it waiting
   * @param end what was found at its end
   * @param span when it ran, if known
   */
  private record TrialRows(
      List<List<Integer>> replays, boolean disturbed, Map<String, Long> end, Optional<Span> span) {}

  private static Set<String> disturbedRuns(Table runs) {
    Set<String> disturbed = new HashSet<>();
    for (Row row : runs) {
      if (!row.isMissing(DISTURBED) && row.getBoolean(DISTURBED)) {
        disturbed.add(row.getString("run_id"));
      }
    }
    return disturbed;
  }

  /** By run, when its counted replays ran. */
  private static Map<String, Span> spansOfRuns(Table runs) {
    Map<String, Span> spans = new HashMap<>();
    for (Row row : runs) {
      if (!row.isMissing(STARTED) && !row.isMissing(ENDED)) {
        spans.put(row.getString("run_id"), new Span(row.getLong(STARTED), row.getLong(ENDED)));
      }
    }
    return spans;
  }

  /** By run, the columns on the end of its trial; none if there were several trials. */
  private static Map<String, Map<String, Long>> ends(Table runs) {
    Map<String, Map<String, Long>> ends = new HashMap<>();
    for (Row row : runs) {
      Map<String, Long> end = new HashMap<>();
      for (String column : Trial.AT_THE_END) {
        if (row.getLong("trials") == 1 && !row.isMissing(column)) {
          end.put(column, row.getLong(column));
        }
      }
      ends.put(row.getString("run_id"), end);
    }
    return ends;
  }

  /** By run, what it was measured under. */
  static Map<String, Setting> settings(Table runs) {
    Map<String, Setting> settings = new LinkedHashMap<>();
    runs.forEach(
        row ->
            settings.put(
                row.getString("run_id"),
                new Setting(
                    row.getString("mode"),
                    row.getString("traces"),
                    row.getString("origin"),
                    row.getString("method"),
                    row.getLong("interval_ns"),
                    row.getString("pace"),
                    row.getString("base"),
                    row.isMissing("store") ? "" : row.getString("store"),
                    row.getString("security").equals("tls"),
                    row.getString("link_kind"),
                    number(row, "link_bits_per_second"),
                    number(row, "link_latency_ns"),
                    conditions(row))));
    return settings;
  }

  private static String conditions(Row row) {
    String warmup =
        row.getString("mode").equals("reduce")
            ? ""
            : row.getLong("warmup_trials") > 0 ? "warmed up" : "no warm-up";
    boolean known =
        row.columnNames().contains(Results.CONDITIONS) && !row.isMissing(Results.CONDITIONS);
    return (warmup + " " + (known ? row.getString(Results.CONDITIONS) : "")).strip();
  }

  private static @Nullable Long number(Row row, String column) {
    return row.isMissing(column) ? null : Long.valueOf(row.getLong(column));
  }

  private static void summarize(
      Table table, Setting setting, List<TrialRows> trials, List<Summary> summaries) {
    var vm = table.stringColumn("vm");
    Set<String> vms = new TreeSet<>();
    trials.forEach(
        rows -> rows.replays().forEach(some -> some.forEach(row -> vms.add(vm.get(row)))));
    if (vms.isEmpty()) {
      return;
    }
    summaries.add(
        summary(table, setting, trials, vms, vms.size() == 1 ? vms.iterator().next() : ALL_VMS));
    if (vms.size() > 1) {
      vms.forEach(one -> summaries.add(summary(table, setting, trials, vms, one)));
    }
  }

  private static Summary summary(
      Table table, Setting setting, List<TrialRows> all, Set<String> vms, String one) {
    List<TrialRows> undisturbed = all.stream().filter(trial -> !trial.disturbed()).toList();
    List<TrialRows> trials = undisturbed.isEmpty() ? all : undisturbed;
    boolean whole = vms.size() == 1 || one.equals(ALL_VMS);
    var vm = table.stringColumn("vm");
    var verified = table.booleanColumn("verified");
    var workload = table.stringColumn("workload");
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
    Map<Measure, Estimate> estimates = new EnumMap<>(Measure.class);
    perTrial.forEach(
        (measure, values) ->
            estimates.put(
                measure,
                undisturbed.isEmpty() && measure.timed()
                    ? estimate(measure, values, perReplay.get(measure)).asSeenOnce()
                    : estimate(measure, values, perReplay.get(measure))));
    return new Summary(
        setting,
        one,
        String.join("+", new LinkedHashSet<>(workloads.values())),
        vms.size(),
        whole,
        undisturbed.size(),
        all.size() - undisturbed.size(),
        replays,
        checkpoints,
        allVerified,
        perTrial,
        spans(trials),
        estimates);
  }

  private static List<Span> spans(List<TrialRows> trials) {
    List<Span> spans = trials.stream().map(TrialRows::span).flatMap(Optional::stream).toList();
    return spans.size() == trials.size() ? spans : List.of();
  }

  /** The interval over the trials; of fewer than it takes, the range of all replays. */
  private static Estimate estimate(Measure measure, List<Double> trials, List<Double> replays) {
    Estimate all = median(replays);
    if (!measure.timed() && all.low() == all.high()) {
      return Estimate.exact(all.value());
    }
    Estimate interval = median(trials);
    return interval.decides()
        ? interval
        : new Estimate(
            interval.value(),
            Statistics.quantile(0, array(replays)),
            Statistics.quantile(1, array(replays)),
            trials.size());
  }

  private static Estimate median(List<Double> values) {
    return Statistics.median(array(values));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
