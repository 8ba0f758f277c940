package emulha.traces;

/**
 * What is known of a series.
 *
 * @param name name of the series: its directory or archive without extension
 * @param description where it comes from and what its shape is
 * @param checkpoints number of incremental checkpoints
 */
public record SeriesInfo(String name, SeriesDescription description, int checkpoints) {
  /** Checks the invariants. */
  public SeriesInfo {
    if (checkpoints < 0) {
      throw new IllegalArgumentException("negative number of checkpoints: " + checkpoints);
    }
  }

  /** Name of the VM. */
  public String vm() {
    return description.vm();
  }

  /** What ran in the VM. */
  public String workload() {
    return description.workload();
  }

  /** Checkpointing interval in milliseconds. */
  public long intervalMs() {
    return description.intervalMs();
  }

  /** The VM's RAM in bytes. */
  public long ramBytes() {
    return description.ramBytes();
  }

  /** Pages in the base: all of RAM, or fewer if it was reduced to the touched ones. */
  public long basePages() {
    return description.basePages();
  }

  /** How dirty pages were known. */
  public String dirtyBy() {
    return description.dirtyBy();
  }

  /** Whether the series was synthesised, not recorded. */
  public boolean synthetic() {
    return description.synthetic();
  }
}
