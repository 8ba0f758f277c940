package emulha.traces;

import java.util.OptionalLong;

/**
 * What foreign files do not say about themselves, told by whoever imports them.
 *
 * @param vm name of the VM
 * @param workload what ran in it
 * @param intervalMs checkpointing interval in milliseconds, at least 1; empty if the files tell it
 */
public record Provenance(String vm, String workload, OptionalLong intervalMs) {
  /** Checks the invariants. */
  public Provenance {
    if (intervalMs.isPresent() && intervalMs.getAsLong() < 1) {
      throw new IllegalArgumentException(
          "interval must be at least 1 ms, got " + intervalMs.getAsLong());
    }
  }

  /** The interval, where the files do not tell it. */
  long requiredIntervalMs(String format) {
    return intervalMs.orElseThrow(
        () ->
            new IllegalArgumentException(
                format + " files do not say their checkpointing interval; give it (--interval)"));
  }
}
