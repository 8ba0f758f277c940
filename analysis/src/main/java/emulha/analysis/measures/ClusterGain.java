package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import tech.tablesaw.api.Table;

/**
 * What a VM's traffic loses by being processed together with others' (Hou §5.2.1, Figure 3). A
 * duplicate that two VMs share is sent for one of them, and which one depends on the order in which
 * they are processed. So a VM's part of the cluster's bytes is its Shapley value (L. S. Shapley, "A
 * Value for n-Person Games", 1953): the mean, over every order of the VMs, of the bytes that it
 * adds to those before it, where the bytes of a set of VMs are what that set takes when it is
 * protected alone. The parts add up to the bytes of the cluster, and no VM's depends on its place
 * on a command line. Needs a result for every subset of the VMs, of which there are up to four.
 *
 * @param vm name of the VM
 * @param aloneReduction traffic reduction, 1 - payload/raw with both summed over the checkpoints,
 *     when the VM is protected alone
 * @param clusterReduction the same with its Shapley value as payload
 * @param leastGain of all orders, the least gain: that of the order in which it gains least
 * @param mostGain of all orders, the most
 */
public record ClusterGain(
    String vm,
    Setting setting,
    String workload,
    int vms,
    double aloneReduction,
    double clusterReduction,
    double leastGain,
    double mostGain) {
  /** There are 2^n - 1 subsets to have results of. */
  static final int MOST_VMS = 4;

  private static final List<RowColumn<ClusterGain>> COLUMNS =
      List.of(
          RowColumn.text(SummaryColumn.TRACES.column(), one -> one.setting().traces()),
          RowColumn.text(SummaryColumn.VM.column(), ClusterGain::vm),
          RowColumn.text(SummaryColumn.WORKLOAD.column(), ClusterGain::workload),
          RowColumn.text(SummaryColumn.ORIGIN.column(), one -> one.setting().origin()),
          RowColumn.text(SummaryColumn.MODE.column(), one -> one.setting().way().mode()),
          RowColumn.text(SummaryColumn.METHOD.column(), one -> one.setting().method()),
          RowColumn.whole(
              SummaryColumn.INTERVAL_MS.column(),
              one -> Intervals.wholeMilliseconds(one.setting().intervalNs())),
          RowColumn.whole(SummaryColumn.INTERVAL_NS.column(), one -> one.setting().intervalNs()),
          RowColumn.whole(SummaryColumn.VMS.column(), one -> (long) one.vms()),
          RowColumn.number("alone_traffic_reduction", ClusterGain::aloneReduction),
          RowColumn.number("cluster_traffic_reduction", ClusterGain::clusterReduction),
          RowColumn.number("gain", ClusterGain::gain),
          RowColumn.number("least_gain", ClusterGain::leastGain),
          RowColumn.number("most_gain", ClusterGain::mostGain));

  /** Whatever else was the same. */
  private record Kind(String method, long intervalNs, String origin, String mode, String base) {}

  /** Bytes of one VM at one checkpoint. */
  private record Bytes(long raw, long payload) {}

  /**
   * A set of series protected together.
   *
   * @param bytes by series and number of the checkpoint
   */
  private record Reduced(
      Setting setting,
      Map<String, Map<Long, Bytes>> bytes,
      Map<String, String> vms,
      Map<String, String> workloads) {
    Reduced(Setting setting) {
      this(setting, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    }

    /** Numbers of all checkpoints that it has. */
    Set<Long> checkpoints() {
      Set<Long> all = new TreeSet<>();
      bytes.values().forEach(series -> all.addAll(series.keySet()));
      return all;
    }

    /** Refuses what lacks a checkpoint that the cluster has: its bytes would be taken for none. */
    void require(Set<Long> checkpoints, String cluster) {
      for (String series : setting.series()) {
        Set<Long> here = bytes.getOrDefault(series, Map.of()).keySet();
        for (Long checkpoint : checkpoints) {
          if (!here.contains(checkpoint)) {
            throw new IllegalArgumentException(
                "%s, %s, %s ms: no checkpoint %d of %s, which %s has; what VMs gain takes the same ones of all"
                    .formatted(
                        setting.traces(),
                        setting.method(),
                        setting.interval(),
                        checkpoint,
                        series,
                        cluster));
          }
        }
      }
    }

    long payload(long checkpoint) {
      return bytes.values().stream()
          .mapToLong(series -> Objects.requireNonNull(series.get(checkpoint)).payload())
          .sum();
    }
  }

  /** The gain, from 0 to 1. */
  double gain() {
    return clusterReduction - aloneReduction;
  }

  /**
   * The gains in every set of two to four series for all of whose subsets there are results.
   *
   * @throws IllegalArgumentException if one of these lacks a checkpoint that the set has
   */
  static List<ClusterGain> of(Results results) {
    Map<Kind, Map<Set<String>, Reduced>> sets = new LinkedHashMap<>();
    Map<String, Reduced> byRun = new LinkedHashMap<>();
    for (Run run : results.runs()) {
      Setting setting = Setting.of(run);
      Set<String> series = setting.series();
      if (series.size() > MOST_VMS || !setting.plain()) {
        continue;
      }
      var kind =
          new Kind(
              setting.method(),
              setting.intervalNs(),
              setting.origin(),
              setting.way().mode(),
              setting.way().base());
      var reduced = new Reduced(setting);
      if (sets.computeIfAbsent(kind, k -> new LinkedHashMap<>()).putIfAbsent(series, reduced)
          == null) {
        byRun.put(run.id(), reduced);
      }
    }
    Table table = results.checkpoints();
    for (int row = 0; row < table.rowCount(); row++) {
      Reduced reduced = byRun.get(Checkpoints.RUN_ID.text(table).get(row));
      if (reduced != null
          && !Checkpoints.FULL.flags(table).get(row)
          && Checkpoints.TRIAL.longs(table).getLong(row) == 1) {
        String series = Checkpoints.TRACE.text(table).get(row);
        reduced.vms.put(series, Checkpoints.VM.text(table).get(row));
        reduced.workloads.put(series, Checkpoints.WORKLOAD.text(table).get(row));
        reduced
            .bytes
            .computeIfAbsent(series, s -> new TreeMap<>())
            .put(
                Checkpoints.CHECKPOINT.longs(table).getLong(row),
                new Bytes(
                    Checkpoints.RAW_BYTES.longs(table).getLong(row),
                    Checkpoints.PAYLOAD_BYTES.longs(table).getLong(row)));
      }
    }
    List<ClusterGain> gains = new ArrayList<>();
    sets.values()
        .forEach(
            of ->
                of.keySet().stream()
                    .filter(set -> set.size() > 1 && whole(set, of))
                    .filter(set -> of.keySet().stream().noneMatch(other -> holds(other, set, of)))
                    .forEach(set -> gains.addAll(ofCluster(List.copyOf(set), of))));
    return gains;
  }

  /** Whether another cluster holds this one and is computed itself. */
  private static boolean holds(
      Set<String> other, Set<String> set, Map<Set<String>, Reduced> results) {
    return other.size() > set.size() && other.containsAll(set) && whole(other, results);
  }

  private static boolean whole(Set<String> set, Map<Set<String>, Reduced> results) {
    List<String> series = List.copyOf(set);
    for (int subset = 1; subset < 1 << series.size(); subset++) {
      if (!results.containsKey(of(series, subset))) {
        return false;
      }
    }
    return true;
  }

  private static Set<String> of(List<String> series, int subset) {
    Set<String> some = new TreeSet<>();
    for (int i = 0; i < series.size(); i++) {
      if ((subset >> i & 1) != 0) {
        some.add(series.get(i));
      }
    }
    return some;
  }

  private static List<ClusterGain> ofCluster(
      List<String> series, Map<Set<String>, Reduced> results) {
    int n = series.size();
    Reduced[] bySubset = new Reduced[1 << n];
    for (int subset = 1; subset < 1 << n; subset++) {
      bySubset[subset] = Objects.requireNonNull(results.get(of(series, subset)));
    }
    Reduced cluster = bySubset[(1 << n) - 1];
    Set<Long> checkpoints = cluster.checkpoints();
    for (int subset = 1; subset < 1 << n; subset++) {
      bySubset[subset].require(checkpoints, cluster.setting.traces());
    }
    List<ClusterGain> gains = new ArrayList<>();
    for (int vm = 0; vm < n; vm++) {
      String name = series.get(vm);
      long raw = 0;
      long payloadAlone = 0;
      // Of all orders together, in whole bytes: what no order changes comes out as 0.
      long part = 0;
      long[] gainAfter = new long[1 << n];
      for (var entry : cluster.bytes.getOrDefault(name, Map.of()).entrySet()) {
        long checkpoint = entry.getKey();
        long alone = bySubset[1 << vm].payload(checkpoint);
        raw += entry.getValue().raw();
        payloadAlone += alone;
        for (int before = 0; before < 1 << n; before++) {
          if ((before >> vm & 1) == 0) {
            long added =
                bySubset[before | 1 << vm].payload(checkpoint)
                    - (before == 0 ? 0 : bySubset[before].payload(checkpoint));
            part += added * orders(Integer.bitCount(before), n);
            gainAfter[before] += alone - added;
          }
        }
      }
      if (raw == 0) {
        continue;
      }
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (int before = 0; before < 1 << n; before++) {
        if ((before >> vm & 1) == 0) {
          least = Math.min(least, (double) gainAfter[before] / raw);
          most = Math.max(most, (double) gainAfter[before] / raw);
        }
      }
      gains.add(
          new ClusterGain(
              Objects.requireNonNull(cluster.vms.get(name)),
              cluster.setting,
              Objects.requireNonNull(cluster.workloads.get(name)),
              n,
              1 - (double) payloadAlone / raw,
              1 - (double) part / (raw * factorial(n)),
              least,
              most));
    }
    return gains;
  }

  /** How many of the orders of n have a given set of some, and no other, before one. */
  private static long orders(int before, int n) {
    return factorial(before) * factorial(n - 1 - before);
  }

  private static long factorial(int n) {
    return LongStream.rangeClosed(2, n).reduce(1, (a, b) -> a * b);
  }

  /** As a table: a row per VM of a cluster. */
  public static Table table(List<ClusterGain> gains) {
    return RowColumn.table(COLUMNS, gains);
  }
}
