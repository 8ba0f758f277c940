package emulha.sweep;

import java.nio.file.Path;
import java.util.List;

/**
 * One run of an experiment.
 *
 * @param runId the rows' {@code run_id}
 * @param traces the series of the VMs protected together
 * @param method description of the method
 * @param intervalMs checkpointing interval; 0 is the recording's own
 * @param pace realtime or asap
 * @param base send or skip
 * @param trials counted replays in the run
 * @param warmupTrials replays before them, not counted
 */
public record Point(
    String runId,
    List<Path> traces,
    String method,
    long intervalMs,
    String pace,
    String base,
    int trials,
    int warmupTrials) {
  /** Checks the invariants. */
  public Point {
    traces = List.copyOf(traces);
    if (traces.isEmpty()) {
      throw new IllegalArgumentException("a point needs at least one series");
    }
    if (intervalMs < 0) {
      throw new IllegalArgumentException("negative interval: " + intervalMs + " ms");
    }
  }
}
