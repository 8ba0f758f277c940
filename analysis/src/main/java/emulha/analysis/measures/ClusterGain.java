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

  static final List<RowColumn<ClusterGain>> COLUMNS =
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
   * A VM of a set.
   *
   * @param bytes by number of the checkpoint
   */
  private record Vm(String name, String workload, Map<Long, Bytes> bytes) {}

  /**
   * A set of series protected together.
   *
   * @param vms by series
   */
  private record Reduced(Setting setting, Set<String> series, Map<String, Vm> vms) {
    /** Numbers of all checkpoints that it has. */
    Set<Long> checkpoints() {
      Set<Long> all = new TreeSet<>();
      vms.values().forEach(vm -> all.addAll(vm.bytes().keySet()));
      return all;
    }

    /**
     * Bytes of all its VMs at the checkpoints of a cluster. Refuses what lacks one of these: its
     * bytes would be taken for none.
     */
    long payload(Set<Long> checkpoints, String cluster) {
      long sum = 0;
      for (String name : series) {
        Vm vm = vms.get(name);
        for (Long checkpoint : checkpoints) {
          Bytes here = vm == null ? null : vm.bytes().get(checkpoint);
          if (here == null) {
            throw new IllegalArgumentException(
                "%s: no checkpoint %d of %s, which %s has; what VMs gain takes the same ones of all"
                    .formatted(setting.inShort(), checkpoint, name, cluster));
          }
          sum += here.payload();
        }
      }
      return sum;
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
      int vms = run.row().extent().vms();
      Set<String> series = setting.series(vms);
      // A series that is there twice makes no set of those that are there once.
      if (series.size() != vms || vms > MOST_VMS || !setting.plain()) {
        continue;
      }
      var kind =
          new Kind(
              setting.method(),
              setting.intervalNs(),
              setting.origin(),
              setting.way().mode(),
              setting.way().base());
      var reduced = new Reduced(setting, series, new TreeMap<>());
      if (sets.computeIfAbsent(kind, k -> new LinkedHashMap<>()).putIfAbsent(series, reduced)
          == null) {
        byRun.put(run.id(), reduced);
      }
    }
    Table table = results.checkpoints();
    var runs = Checkpoints.RUN_ID.text(table);
    var full = Checkpoints.FULL.flags(table);
    var trials = Checkpoints.TRIAL.longs(table);
    var traces = Checkpoints.TRACE.text(table);
    var names = Checkpoints.VM.text(table);
    var workloads = Checkpoints.WORKLOAD.text(table);
    var checkpoints = Checkpoints.CHECKPOINT.longs(table);
    var rawBytes = Checkpoints.RAW_BYTES.longs(table);
    var payloadBytes = Checkpoints.PAYLOAD_BYTES.longs(table);
    for (int row = 0; row < table.rowCount(); row++) {
      Reduced reduced = byRun.get(runs.get(row));
      if (reduced != null && !full.get(row) && trials.getLong(row) == 1) {
        int at = row;
        reduced
            .vms
            .computeIfAbsent(
                traces.get(row),
                series -> new Vm(names.get(at), workloads.get(at), new TreeMap<>()))
            .bytes()
            .put(
                checkpoints.getLong(row),
                new Bytes(rawBytes.getLong(row), payloadBytes.getLong(row)));
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
    Reduced cluster = Objects.requireNonNull(results.get(of(series, (1 << n) - 1)));
    Set<Long> checkpoints = cluster.checkpoints();
    long[] payload = new long[1 << n];
    for (int subset = 1; subset < 1 << n; subset++) {
      payload[subset] =
          Objects.requireNonNull(results.get(of(series, subset)))
              .payload(checkpoints, cluster.setting.traces());
    }
    List<ClusterGain> gains = new ArrayList<>();
    for (int vm = 0; vm < n; vm++) {
      Vm of = cluster.vms.get(series.get(vm));
      long raw = of == null ? 0 : of.bytes().values().stream().mapToLong(Bytes::raw).sum();
      if (of == null || raw == 0) {
        continue;
      }
      // Of all orders together, in whole bytes: what no order changes comes out as 0.
      long part = 0;
      long least = Long.MAX_VALUE;
      long most = Long.MIN_VALUE;
      for (int before = 0; before < 1 << n; before++) {
        if ((before >> vm & 1) == 0) {
          long added = payload[before | 1 << vm] - payload[before];
          part += added * orders(Integer.bitCount(before), n);
          least = Math.min(least, payload[1 << vm] - added);
          most = Math.max(most, payload[1 << vm] - added);
        }
      }
      gains.add(
          new ClusterGain(
              of.name(),
              cluster.setting,
              of.workload(),
              n,
              1 - (double) payload[1 << vm] / raw,
              1 - (double) part / (raw * factorial(n)),
              (double) least / raw,
              (double) most / raw));
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

  public static Table table(List<ClusterGain> gains) {
    return RowColumn.table(COLUMNS, gains);
  }
}
