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
 * @param ramBytes the VM's RAM, a positive multiple of a page
 * @param basePages pages in the base: all of RAM, or only those that the series touches
 * @param dirtyBy how dirty pages were known
 * @param synthetic whether the series was synthesised, not recorded
 * @param calibration what a synthetic series was calibrated to, by property; no result about such a
 *     property is a finding. Empty for a recording
 * @param environment where and how it was captured, free-form, in the order given
 * @param clock on which clock its intervals were kept
 * @param pageSize size of its pages
 */
public record SeriesDescription(
    String vm,
    String workload,
    long intervalNs,
    long ramBytes,
    long basePages,
    String dirtyBy,
    boolean synthetic,
    Map<String, String> calibration,
    Map<String, String> environment,
    Clock clock,
    PageSize pageSize) {
  public SeriesDescription {
    if (intervalNs < 1) {
      throw new IllegalArgumentException("interval must be at least 1 ns, got " + intervalNs);
    }
    if (!pageSize.divides(ramBytes) || ramBytes > RamImage.MAX_BYTES) {
      throw new IllegalArgumentException(
          "RAM size must be a positive multiple of %d bytes, and at most %d; got %d"
              .formatted(pageSize.bytes(), RamImage.MAX_BYTES, ramBytes));
    }
    if (basePages < 0 || basePages > pageSize.pagesIn(ramBytes)) {
      throw new IllegalArgumentException(
          "base of " + basePages + " pages in a RAM of " + pageSize.pagesIn(ramBytes));
    }
    if (!synthetic && !calibration.isEmpty()) {
      throw new IllegalArgumentException("only a synthetic series is calibrated to something");
    }
    calibration = Collections.unmodifiableMap(new LinkedHashMap<>(calibration));
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }

  /** A series of small pages. */
  public SeriesDescription(
      String vm,
      String workload,
      long intervalNs,
      long ramBytes,
      long basePages,
      String dirtyBy,
      boolean synthetic,
      Map<String, String> calibration,
      Map<String, String> environment,
      Clock clock) {
    this(
        vm,
        workload,
        intervalNs,
        ramBytes,
        basePages,
        dirtyBy,
        synthetic,
        calibration,
        environment,
        clock,
        PageSize.SMALL);
  }

  /** A series of small pages on the host's clock. */
  public SeriesDescription(
      String vm,
      String workload,
      long intervalNs,
      long ramBytes,
      long basePages,
      String dirtyBy,
      boolean synthetic,
      Map<String, String> calibration,
      Map<String, String> environment) {
    this(
        vm,
        workload,
        intervalNs,
        ramBytes,
        basePages,
        dirtyBy,
        synthetic,
        calibration,
        environment,
        Clock.HOST);
  }

  /** Number of page frames in RAM. */
  public long ramPages() {
    return pageSize.pagesIn(ramBytes);
  }

  /** Whether the base holds all of RAM. */
  public boolean baseFull() {
    return basePages == ramPages();
  }

  /** The same with another interval. */
  public SeriesDescription withIntervalNs(long nanoseconds) {
    return new SeriesDescription(
        vm,
        workload,
        nanoseconds,
        ramBytes,
        basePages,
        dirtyBy,
        synthetic,
        calibration,
        environment,
        clock,
        pageSize);
  }

  /** The same with another number of base pages. */
  public SeriesDescription withBasePages(long pages) {
    return new SeriesDescription(
        vm,
        workload,
        intervalNs,
        ramBytes,
        pages,
        dirtyBy,
        synthetic,
        calibration,
        environment,
        clock,
        pageSize);
  }

  /** The same with one more fact about the environment, last. */
  public SeriesDescription withEnvironment(String key, String value) {
    var more = new LinkedHashMap<>(environment);
    more.remove(key);
    more.put(key, value);
    return new SeriesDescription(
        vm,
        workload,
        intervalNs,
        ramBytes,
        basePages,
        dirtyBy,
        synthetic,
        calibration,
        more,
        clock,
        pageSize);
  }

  /** The same, saying in the environment that it was derived by one more step. */
  public SeriesDescription derivedBy(String step) {
    String earlier = environment.get("derived_by");
    return withEnvironment("derived_by", earlier == null ? step : earlier + "; " + step);
  }
}
