package emulha.traces;

import emulha.memory.PageSize;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What is known of a series.
 *
 * @param name name of the series: its directory or archive without extension
 * @param description where it comes from and what its shape is
 * @param checkpoints number of incremental checkpoints
 */
public record SeriesInfo(String name, SeriesDescription description, int checkpoints) {
  private static final int STRETCH_BYTES = 16 << 20;

  public SeriesInfo {
    if (checkpoints < 0) {
      throw new IllegalArgumentException("negative number of checkpoints: " + checkpoints);
    }
  }

  /** Name of the series at a path, also for paths such as {@code "."}. */
  public static String nameOf(Path path) {
    Path file = path.toAbsolutePath().normalize().getFileName();
    String name = file == null ? "series" : file.toString();
    return name.endsWith(SeriesPacker.EXTENSION) && !Files.isDirectory(path)
        ? name.substring(0, name.length() - SeriesPacker.EXTENSION.length())
        : name;
  }

  public String vm() {
    return description.vm();
  }

  public String workload() {
    return description.workload();
  }

  public long intervalNs() {
    return description.intervalNs();
  }

  /** The checkpointing interval with its unit, such as {@code 25 ms} or {@code 16.667 ms}. */
  public String interval() {
    return Interval.text(intervalNs());
  }

  public long ramBytes() {
    return description.memory().bytes();
  }

  public PageSize pageSize() {
    return description.pageSize();
  }

  /** Pages in the base: all of RAM, or fewer if it was reduced to the touched ones. */
  public long basePages() {
    return description.memory().basePages();
  }

  /** Pages of a base that are read at once. */
  public int stretchPages() {
    return pageSize().stretch(STRETCH_BYTES);
  }

  public String dirtyBy() {
    return description.origin().dirtyBy();
  }

  public boolean synthetic() {
    return description.origin().synthetic();
  }
}
