package emulha.traces.synth;

import emulha.traces.Progress;
import emulha.traces.views.SeriesCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * VMs to synthesise together.
 *
 * @param vms at least one, of different names
 */
public record Cluster(List<SyntheticVm> vms) {
  /** Hou §5.2.1, S1: additional reduction of 2 to 11 % for a VM that works alone. */
  private static final double INDEPENDENT = 0.06;

  /** Hou §5.2.1, S1: additional reduction of 11 to 20 % for a VM that collaborates. */
  private static final double COLLABORATING = 0.15;

  public Cluster {
    vms = List.copyOf(vms);
    if (vms.isEmpty() || vms.stream().map(SyntheticVm::vm).distinct().count() < vms.size()) {
      throw new IllegalArgumentException("a cluster needs VMs of different names");
    }
  }

  /** Names of the clusters that come with the program. */
  public static List<String> names() {
    return List.of("hou-s1", "hou-s2");
  }

  /**
   * A cluster that comes with the program, or a number of VMs of one profile, named {@code vm1},
   * {@code vm2} and so on, that share what the profile says.
   *
   * @param name one of {@link #names}, or a profile or its file
   * @param number number of VMs; null for one, or for a cluster's own
   */
  public static Cluster of(String name, @Nullable Integer number) throws IOException {
    if (names().contains(name)) {
      if (number != null) {
        throw new IllegalArgumentException(name + " has four VMs; leave the number of VMs out");
      }
      return name.equals("hou-s1") ? scenario1() : scenario2();
    }
    int count = number == null ? 1 : number;
    if (count < 1) {
      throw new IllegalArgumentException("number of VMs must be at least 1, got " + count);
    }
    if (!name.endsWith(".json") && !Profile.names().contains(name)) {
      throw new IllegalArgumentException(
          "unknown profile '%s'; available: %s, the clusters %s, or a file ending in .json"
              .formatted(name, String.join(", ", Profile.names()), String.join(", ", names())));
    }
    double share = count == 1 ? 0 : Profile.named(name).written().duplicateInter().share();
    Map<String, Double> groups = share == 0 ? Map.of() : Map.of("all", share);
    List<SyntheticVm> vms = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      vms.add(new SyntheticVm("vm" + i, name, groups));
    }
    return new Cluster(vms);
  }

  /** Four HPC-C VMs, of which the third and fourth work on the same problems (Hou §5.2.1). */
  private static Cluster scenario1() {
    Map<String, Double> alone = Map.of("cluster", INDEPENDENT);
    Map<String, Double> together =
        Map.of("cluster", INDEPENDENT, "pair", COLLABORATING - INDEPENDENT);
    return new Cluster(
        List.of(
            new SyntheticVm("vm1", "hpcc", alone),
            new SyntheticVm("vm2", "hpcc", alone),
            new SyntheticVm("vm3", "hpcc", together),
            new SyntheticVm("vm4", "hpcc", together)));
  }

  /** A mixture of workloads, which share nothing (Hou §5.2.1 finds 6 % at most). */
  private static Cluster scenario2() {
    return new Cluster(
        List.of("hpcc", "rubis", "ffmpeg", "voltdb").stream()
            .map(profile -> new SyntheticVm(profile, profile, Map.of()))
            .toList());
  }

  /**
   * Writes the series of all VMs, one after the other.
   *
   * @param destination the series of a single VM; the directory of the series of several
   * @return where each VM's series is, in the order of the VMs
   * @throws IllegalArgumentException if the options do not suit a profile, or the destination is
   *     taken
   */
  public List<Path> write(SyntheticSeries.Options options, Path destination, Progress progress)
      throws IOException {
    List<Path> written = new ArrayList<>();
    for (SyntheticSeries series : series(options)) {
      String vm = series.info().vm();
      Path place = vms.size() == 1 ? destination : destination.resolve(vm);
      SeriesCopy.run(
          series, place, (task, done, total) -> progress.step(vm + " " + task, done, total));
      written.add(place);
    }
    return written;
  }

  /**
   * Bytes of page content that {@link #write} is expected to put on disk.
   *
   * @throws IllegalArgumentException as {@link #write}
   */
  public long expectedBytes(SyntheticSeries.Options options) throws IOException {
    return series(options).stream().mapToLong(SyntheticSeries::expectedBytes).sum();
  }

  private List<SyntheticSeries> series(SyntheticSeries.Options options) throws IOException {
    List<SyntheticSeries> all = new ArrayList<>();
    for (SyntheticVm vm : vms) {
      all.add(new SyntheticSeries(vm, options));
    }
    return all;
  }
}
