package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.List;
import java.util.Optional;

/**
 * A run.
 *
 * @param row its row of {@code runs.csv}
 * @param conditions what its manifest says of program, JDK and machine; may be empty
 */
public record Run(RunRow row, List<String> conditions) {
  /** The mode of what is modelled, and the kind of its link. */
  static final String MODELLED = "modelled";

  String id() {
    return row.key().runId();
  }

  /** Whether it was a replay over the network as it was. */
  boolean overNetworkAsItIs() {
    return row.key().mode().equals("replay") && Setting.of(this).overNetworkAsItIs();
  }

  /** Whether something else kept it waiting. */
  boolean disturbed() {
    RunRow.Circumstances at = row.circumstances();
    return at != null && Boolean.TRUE.equals(at.disturbed());
  }

  /** When it ran, if known. */
  Optional<Span> span() {
    RunRow.Circumstances at = row.circumstances();
    return at == null
        ? Optional.empty()
        : Optional.of(new Span(at.startedUnixMs(), at.endedUnixMs()));
  }

  /** The same over a link of that speed, as a model has it. */
  Run modelled(long linkBitsPerSecond) {
    RunRow.Key key = row.key();
    RunRow.Network network = row.network();
    return new Run(
        new RunRow(
            new RunRow.Key(key.runId(), MODELLED, key.traces(), key.workloads(), key.origin()),
            row.setting(),
            new RunRow.Network(
                MODELLED, linkBitsPerSecond, network.linkLatencyNs(), network.security()),
            row.extent(),
            row.traffic(),
            row.cpu(),
            row.process(),
            row.timing(),
            row.memory(),
            row.full(),
            row.storage(),
            row.circumstances(),
            row.proof()),
        conditions);
  }
}
