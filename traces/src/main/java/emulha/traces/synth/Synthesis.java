package emulha.traces.synth;

import emulha.traces.Progress;
import emulha.traces.views.SeriesCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes synthetic series. */
public final class Synthesis {
  private Synthesis() {}

  /**
   * Writes the series of a cluster, one VM after the other.
   *
   * @param destination the series of a single VM; the directory of the series of several
   * @throws IllegalArgumentException if the options do not suit a profile, or the destination is
   *     taken
   */
  public static void write(
      Cluster cluster, SyntheticSeries.Options options, Path destination, Progress progress)
      throws IOException {
    List<SyntheticSeries> all = new ArrayList<>();
    for (SyntheticVm vm : cluster.vms()) {
      all.add(new SyntheticSeries(vm, options));
    }
    for (int i = 0; i < all.size(); i++) {
      SyntheticSeries series = all.get(i);
      SeriesCopy.run(
          series,
          cluster.directory(cluster.vms().get(i), destination),
          (task, done, total) -> progress.step(series.info().vm() + " " + task, done, total));
    }
  }

  /**
   * Bytes of page content that {@link #write} is expected to put on disk.
   *
   * @throws IllegalArgumentException as {@link #write}
   */
  public static long expectedBytes(Cluster cluster, SyntheticSeries.Options options)
      throws IOException {
    long sum = 0;
    for (SyntheticVm vm : cluster.vms()) {
      sum += new SyntheticSeries(vm, options).expectedBytes();
    }
    return sum;
  }
}
