package emulha.traces;

import emulha.memory.PageSize;
import emulha.memory.RamImage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is known of a series before its checkpoints are: where it comes from and what its shape is.
 *
 * @param vm name of the VM
 * @param workload what ran in it
 * @param intervalNs checkpointing interval in nanoseconds, at least 1
 * @param memory the VM's RAM
 * @param origin how the series came about
 * @param clock on which clock its intervals were kept
 */
public record SeriesDescription(
    String vm, String workload, long intervalNs, Memory memory, Origin origin, Clock clock) {
  /**
   * A VM's RAM.
   *
   * @param bytes of it, a positive multiple of a page
   * @param basePages pages in the base: all of RAM, or only those that the series touches
   * @param pageSize size of its pages
   */
  public record Memory(long bytes, long basePages, PageSize pageSize) {
    public Memory {
      if (!pageSize.divides(bytes) || bytes > RamImage.MAX_BYTES) {
        throw new IllegalArgumentException(
            "RAM size must be a positive multiple of %d bytes, and at most %d; got %d"
                .formatted(pageSize.bytes(), RamImage.MAX_BYTES, bytes));
      }
      if (basePages < 0 || basePages > pageSize.pagesIn(bytes)) {
        throw new IllegalArgumentException(
            "base of " + basePages + " pages in a RAM of " + pageSize.pagesIn(bytes));
      }
    }

    public Memory(long bytes, long basePages) {
      this(bytes, basePages, PageSize.SMALL);
    }
  }

  /**
   * How a series came about.
   *
   * @param dirtyBy how dirty pages were known
   * @param synthetic whether the series was synthesised, not recorded
   * @param calibration what a synthetic series was calibrated to, by property; no result about such
   *     a property is a finding. Empty for a recording
   * @param environment where and how it was captured, free-form, in the order given
   */
  public record Origin(
      String dirtyBy,
      boolean synthetic,
      Map<String, String> calibration,
      Map<String, String> environment) {
    public Origin {
      if (!synthetic && !calibration.isEmpty()) {
        throw new IllegalArgumentException("only a synthetic series is calibrated to something");
      }
      calibration = Collections.unmodifiableMap(new LinkedHashMap<>(calibration));
      environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    }

    public static Origin recorded(String dirtyBy, Map<String, String> environment) {
      return new Origin(dirtyBy, false, Map.of(), environment);
    }
  }

  public SeriesDescription {
    if (intervalNs < 1) {
      throw new IllegalArgumentException("interval must be at least 1 ns, got " + intervalNs);
    }
  }

  public PageSize pageSize() {
    return memory.pageSize;
  }

  public Map<String, String> environment() {
    return origin.environment;
  }

  /** Number of page frames in RAM. */
  public long ramPages() {
    return memory.pageSize.pagesIn(memory.bytes);
  }

  /** Whether the base holds all of RAM. */
  public boolean baseFull() {
    return memory.basePages == ramPages();
  }

  public SeriesDescription withIntervalNs(long nanoseconds) {
    return new SeriesDescription(vm, workload, nanoseconds, memory, origin, clock);
  }

  public SeriesDescription withBasePages(long pages) {
    var other = new Memory(memory.bytes, pages, memory.pageSize);
    return new SeriesDescription(vm, workload, intervalNs, other, origin, clock);
  }

  /** The same with one more fact about the environment, last. */
  public SeriesDescription withEnvironment(String key, String value) {
    var more = new LinkedHashMap<>(origin.environment);
    more.putLast(key, value);
    var other = new Origin(origin.dirtyBy, origin.synthetic, origin.calibration, more);
    return new SeriesDescription(vm, workload, intervalNs, memory, other, clock);
  }

  /** The same, saying in the environment that it was derived by one more step. */
  public SeriesDescription derivedBy(String step) {
    String earlier = origin.environment.get("derived_by");
    return withEnvironment("derived_by", earlier == null ? step : earlier + "; " + step);
  }
}
