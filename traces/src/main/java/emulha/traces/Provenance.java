package emulha.traces;

import emulha.memory.PageSize;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What foreign files do not say about themselves, told by whoever imports them.
 *
 * @param vm name of the VM
 * @param workload what ran in it
 * @param intervalNs checkpointing interval in nanoseconds, at least 1; empty if the files tell it
 * @param pageSize in pages of which size the VM's writes are to be told
 */
public record Provenance(String vm, String workload, OptionalLong intervalNs, PageSize pageSize) {
  /** In a series' environment: what the source holds and the series does not. */
  public static final String LEFT_OUT = "left_out";

  /** In a series' environment: how its base was told from the other files. */
  public static final String BASE_FROM = "base_from";

  /** In a series' environment: in what the base is not whole. */
  public static final String BASE_HOLES = "base_holes";

  public Provenance {
    if (intervalNs.isPresent() && intervalNs.getAsLong() < 1) {
      throw new IllegalArgumentException(
          "interval must be at least 1 ns, got " + intervalNs.getAsLong());
    }
  }

  /**
   * What is known of a series of these files.
   *
   * @param dirtyBy how dirty pages were known
   */
  public SeriesDescription describe(
      long intervalNs,
      SeriesDescription.Memory memory,
      String dirtyBy,
      Map<String, String> environment) {
    var origin = SeriesDescription.Origin.recorded(dirtyBy, environment);
    return new SeriesDescription(vm, workload, intervalNs, memory, origin, Clock.HOST);
  }

  /** The interval, where the files do not tell it. */
  public long requiredIntervalNs(String format) {
    return intervalNs.orElseThrow(
        () ->
            new IllegalArgumentException(
                format + " files do not say their checkpointing interval; give it (--interval)"));
  }
}
