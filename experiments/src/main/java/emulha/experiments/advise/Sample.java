package emulha.experiments.advise;

import emulha.codecs.delta.LruPageCache;
import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.views.SampledSeries;
import emulha.traces.views.SeriesCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A sample of a recording, to try methods on: its first, middle and last stretch, with the state
 * that caches have there; see {@link SampledSeries}.
 *
 * @param checkpoints of the whole recording
 * @param stretches the sample
 * @param dirtyPages pages that a replay of the sample has, of all VMs
 * @param series where the sampled series are, one per VM
 */
public record Sample(
    int checkpoints, List<SampledSeries.Stretch> stretches, long dirtyPages, List<Path> series) {
  /** What a compressor may keep besides the cache of a method that has both. */
  private static final long COMPRESSOR_BYTES = 2 << 20;

  private static final int SHORTEST_STRETCH = 20;
  private static final int LONGEST_STRETCH = 100;

  /**
   * Writes the sampled series.
   *
   * @param vms VMs protected together; the sample ends with the shortest
   * @param length checkpoints of a stretch; null for a tenth of the recording, but 20 at least and
   *     100 at most
   * @param directory gets a series for each, of the same name
   * @throws IllegalArgumentException if there are fewer checkpoints than stretches
   */
  public static Sample write(
      List<Series> vms, @Nullable Integer length, Path directory, Progress progress)
      throws IOException {
    if (vms.stream().map(vm -> vm.info().pageSize()).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "VMs protected together must have pages of one size; advise each alone");
    }
    int checkpoints = vms.stream().mapToInt(vm -> vm.info().checkpoints()).min().orElse(0);
    List<SampledSeries.Stretch> stretches =
        SampledSeries.spread(
            checkpoints,
            length == null
                ? Math.clamp(checkpoints / 10, SHORTEST_STRETCH, LONGEST_STRETCH)
                : length);
    List<Path> paths = new ArrayList<>();
    long dirtyPages = 0;
    for (Series vm : vms) {
      Path path = directory.resolve(vm.info().name());
      dirtyPages += SeriesCopy.run(SampledSeries.of(vm, stretches), path, progress);
      paths.add(path);
    }
    return new Sample(checkpoints, stretches, dirtyPages, paths);
  }

  /**
   * The methods to try: those of Hou et al., their hybrids (§7), and faster or stronger compressors
   * of today. Those with a cache have the one that suffices, or the largest within the memory.
   *
   * @param vms VMs protected together
   * @param cachePages pages of the cache that suffices, for each VM
   * @param memoryBytes limit of the memory of all VMs together
   */
  public static List<String> methods(List<Series> vms, long cachePages, long memoryBytes) {
    PageSize pageSize = vms.getFirst().info().pageSize();
    long ramPages =
        vms.stream().mapToLong(vm -> vm.info().description().ramPages()).max().orElse(0);
    LongUnaryOperator cache =
        bytes ->
            Math.min(
                cachePages, LruPageCache.largestWithin(bytes / vms.size(), ramPages, pageSize));
    long alone = cache.applyAsLong(memoryBytes);
    long beside = cache.applyAsLong(memoryBytes - COMPRESSOR_BYTES);
    List<String> methods =
        new ArrayList<>(
            List.of(
                "none",
                "lz4",
                "zstd:level=1",
                "zstd:level=3",
                "gzip:level=1",
                "gzip:level=6",
                "similarity:chunk=256",
                "similarity:chunk=1KiB",
                "similarity:chunk=4KiB",
                "similarity:chunk=1KiB+zstd:level=1"));
    if (alone > 0) {
      methods.add("delta:cache=" + size(alone, pageSize));
    }
    if (beside > 0) {
      String size = size(beside, pageSize);
      methods.add("delta:cache=" + size + "+zstd:level=1");
      methods.add("delta:cache=" + size + ",encoding=xor+zstd:level=1");
      methods.add("prefix:level=1,history=" + size);
      methods.add("prefix:level=3,history=" + size);
    }
    return methods;
  }

  private static String size(long pages, PageSize pageSize) {
    return pageSize.bytesOf(pages) / 1024 + "KiB";
  }
}
