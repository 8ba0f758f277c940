package emulha.traces;

/**
 * What is known of a series.
 *
 * @param name name of the series: its directory or archive without extension
 * @param vm name of the VM
 * @param workload what ran in it
 * @param intervalMs checkpointing interval, at least 1
 * @param ramBytes the VM's RAM, a positive multiple of 4096
 * @param basePages pages in the base: all of RAM, or fewer if it was reduced to the touched ones
 * @param checkpoints number of incremental checkpoints
 * @param dirtyBy how dirty pages were known
 * @param synthetic whether the series was synthesised, not recorded
 */
public record SeriesInfo(
    String name,
    String vm,
    String workload,
    long intervalMs,
    long ramBytes,
    long basePages,
    int checkpoints,
    String dirtyBy,
    boolean synthetic) {
  /** Checks the invariants. */
  public SeriesInfo {
    if (intervalMs < 1) {
      throw new IllegalArgumentException("interval must be at least 1 ms, got " + intervalMs);
    }
    if (ramBytes <= 0 || ramBytes % 4096 != 0) {
      throw new IllegalArgumentException(
          "RAM size must be a positive multiple of 4096 bytes, got " + ramBytes);
    }
    if (checkpoints < 0 || basePages < 0 || basePages > ramBytes / 4096) {
      throw new IllegalArgumentException(
          "impossible counts: " + checkpoints + " checkpoints, " + basePages + " base pages");
    }
  }
}
