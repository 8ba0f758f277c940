package emulha.experiments.advise;

import emulha.metrics.MissRatioRow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The delta cache that suffices, from the miss-ratio curve: the smallest one that misses at most
 * one page in a hundred more than a cache without limit. Hou §5.5 asks for such profiling.
 *
 * @param pages that it holds, for each VM: as many as the VM that needs the most
 * @param missRatio misses of all VMs in their recordings, with caches of that size
 * @param leastMissRatio the same with caches without limit
 */
public record DeltaCache(long pages, double missRatio, double leastMissRatio) {
  private static final double TOLERATED = 0.01;

  /**
   * The cache for VMs protected together.
   *
   * @param rows the rows of {@code miss_ratio.csv}
   * @return a cache of 0 pages if nothing is ever written
   */
  public static DeltaCache of(List<MissRatioRow> rows) {
    Map<String, MissRatioRow> unlimited = new LinkedHashMap<>();
    rows.forEach(row -> unlimited.put(row.series().trace(), row));
    long pages = 0;
    for (MissRatioRow row : rows) {
      MissRatioRow all = unlimited.getOrDefault(row.series().trace(), row);
      if (row.misses() > all.misses() + TOLERATED * row.accesses()) {
        pages = Math.max(pages, row.cachePages() + 1);
      }
    }
    pages = Math.max(pages, rows.isEmpty() ? 0 : 1);
    return new DeltaCache(
        pages, missRatio(rows, pages), missRatio(List.copyOf(unlimited.values()), Long.MAX_VALUE));
  }

  /** Share of the dirty pages of all VMs that caches of a size, one for each VM, do not find. */
  static double missRatio(List<MissRatioRow> rows, long pages) {
    Map<String, MissRatioRow> atSize = new LinkedHashMap<>();
    for (MissRatioRow row : rows) {
      if (row.cachePages() <= pages || !atSize.containsKey(row.series().trace())) {
        atSize.put(row.series().trace(), row);
      }
    }
    long misses = atSize.values().stream().mapToLong(MissRatioRow::misses).sum();
    long accesses = atSize.values().stream().mapToLong(MissRatioRow::accesses).sum();
    return accesses == 0 ? 0 : (double) misses / accesses;
  }
}
