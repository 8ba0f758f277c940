package emulha.analysis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
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
 * of each. A measure is computed for each trial; its estimate is the median over the trials with
 * the 95 % bootstrap interval.
 *
 * @param setting what was measured under
 * @param vm name of the VM, or {@link #ALL_VMS} if these are several VMs together
 * @param workload workload of the VM; of all VMs, joined by + in the order of their names
 * @param vms number of VMs protected together
 * @param wholeSet whether this is of all VMs of the setting together
 * @param trials number of trials
 * @param checkpoints number of incremental checkpoints over all trials
 * @param verified whether every checkpoint was proved equal to the recording
 * @param perTrial values of each trial, for the measures that are available
 * @param estimates the measures that are available
 */
public record Summary(
    Setting setting,
    String vm,
    String workload,
    int vms,
    boolean wholeSet,
    int trials,
    long checkpoints,
    boolean verified,
    Map<Measure, List<Double>> perTrial,
    Map<Measure, Estimate> estimates) {

  /** In place of a VM's name: all VMs of the setting together. */
  public static final String ALL_VMS = "all";

  /** Copies the maps. */
  public Summary {
    perTrial = Map.copyOf(perTrial);
    estimates = Map.copyOf(estimates);
  }

  /** A measure, if available. */
  public Optional<Estimate> get(Measure measure) {
    return Optional.ofNullable(estimates.get(measure));
  }

  /** Summaries of all settings, in the order of the results. */
  public static List<Summary> of(Results results) {
    Map<String, Setting> settingOfRun = settings(results.runs());
    Map<String, Map<String, Long>> ends = ends(results.runs());
    Table table = results.checkpoints();
    var run = table.stringColumn("run_id");
    var trial = table.longColumn("trial");

    // In the order of their numbers, so that trials of methods that ran interleaved pair up.
    record TrialKey(long trial, String run) {}
    Comparator<TrialKey> order =
        Comparator.comparingLong(TrialKey::trial).thenComparing(TrialKey::run);
    Map<Setting, Map<TrialKey, List<Integer>>> rows = new LinkedHashMap<>();
    settingOfRun
        .values()
        .forEach(setting -> rows.computeIfAbsent(setting, s -> new TreeMap<>(order)));
    for (int row = 0; row < table.rowCount(); row++) {
      Setting setting = settingOfRun.get(run.get(row));
      Map<TrialKey, List<Integer>> trials = setting == null ? null : rows.get(setting);
      if (trials == null) {
        throw new IllegalArgumentException("run " + run.get(row) + " is not in runs.csv");
      }
      trials
          .computeIfAbsent(new TrialKey(trial.getLong(row), run.get(row)), key -> new ArrayList<>())
          .add(row);
    }
    List<Summary> summaries = new ArrayList<>();
    rows.forEach(
        (setting, trials) -> {
          List<TrialRows> all = new ArrayList<>();
          trials.forEach(
              (key, some) -> all.add(new TrialRows(some, ends.getOrDefault(key.run(), Map.of()))));
          summarize(table, setting, all, summaries);
        });
    return summaries;
  }

  /**
   * A trial's rows.
   *
   * @param checkpoints row numbers in the table of checkpoints
   * @param end what was found at its end
   */
  private record TrialRows(List<Integer> checkpoints, Map<String, Long> end) {}

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

  private static Map<String, Setting> settings(Table runs) {
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
                    row.getLong("interval_ms"),
                    row.getString("pace"),
                    row.getString("base"),
                    row.isMissing("store") ? "" : row.getString("store"),
                    row.getString("security").equals("tls"),
                    row.getString("link_kind"),
                    number(row, "link_bits_per_second"),
                    number(row, "link_latency_ns"))));
    return settings;
  }

  private static @Nullable Long number(Row row, String column) {
    return row.isMissing(column) ? null : Long.valueOf(row.getLong(column));
  }

  private static void summarize(
      Table table, Setting setting, List<TrialRows> trials, List<Summary> summaries) {
    var vm = table.stringColumn("vm");
    Set<String> vms = new TreeSet<>();
    trials.forEach(rows -> rows.checkpoints().forEach(row -> vms.add(vm.get(row))));
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
      Table table, Setting setting, List<TrialRows> trials, Set<String> vms, String one) {
    boolean whole = vms.size() == 1 || one.equals(ALL_VMS);
    var vm = table.stringColumn("vm");
    var verified = table.booleanColumn("verified");
    var workload = table.stringColumn("workload");
    Map<String, String> workloads = new TreeMap<>();
    Map<Measure, List<Double>> values = new EnumMap<>(Measure.class);
    long checkpoints = 0;
    int count = 0;
    boolean allVerified = true;
    for (TrialRows all : trials) {
      List<Integer> rows =
          whole
              ? all.checkpoints()
              : all.checkpoints().stream().filter(row -> vm.get(row).equals(one)).toList();
      var trial = new Trial(table, setting.intervalMs(), rows, whole, all.end());
      count++;
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
    int trialsSeen = count;
    values.values().removeIf(list -> list.size() != trialsSeen);
    Map<Measure, Estimate> estimates = new EnumMap<>(Measure.class);
    values.forEach(
        (measure, list) ->
            estimates.put(
                measure,
                Statistics.median(list.stream().mapToDouble(Double::doubleValue).toArray())));
    return new Summary(
        setting,
        one,
        String.join("+", new LinkedHashSet<>(workloads.values())),
        vms.size(),
        whole,
        count,
        checkpoints,
        allVerified,
        values,
        estimates);
  }
}
