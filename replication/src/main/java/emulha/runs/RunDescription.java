package emulha.runs;

import emulha.memory.PageSize;
import emulha.traces.SeriesInfo;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What one run does: the columns that are the same in all of its rows.
 *
 * @param runId unique per command
 * @param vms the series replayed together, all of one interval
 * @param terms how it is done
 * @param trials counted replays, at least 1
 * @param security how the connection is protected, as {@link emulha.wire.Security#label} says; none
 *     without one
 * @param spin how long each end watches the connection before it blocks
 */
public record RunDescription(
    String runId, List<SeriesInfo> vms, Terms terms, int trials, String security, Spin spin) {
  public RunDescription {
    vms = List.copyOf(vms);
    if (vms.isEmpty()) {
      throw new IllegalArgumentException("a run needs at least one series");
    }
    requireOneInterval(vms);
    requireOne("pages of one size", vms, SeriesInfo::pageSize, "");
    terms.method().require(vms.getFirst().pageSize());
    if (trials < 1) {
      throw new IllegalArgumentException("needs 1 trial or more, got " + trials);
    }
  }

  /**
   * Refuses VMs whose checkpoints of the same number are not of the same instant.
   *
   * @throws IllegalArgumentException if their intervals differ
   */
  public static void requireOneInterval(List<SeriesInfo> vms) {
    requireOne("one interval", vms, SeriesInfo::interval, "; choose a common multiple as interval");
  }

  private static void requireOne(
      String what, List<SeriesInfo> vms, Function<SeriesInfo, ?> value, String remedy) {
    if (vms.stream().map(value).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "VMs protected together must have %s: %s%s"
              .formatted(
                  what,
                  vms.stream()
                      .map(vm -> vm.name() + " has " + value.apply(vm))
                      .collect(Collectors.joining(", ")),
                  remedy));
    }
  }

  /** A run in which both ends block at once. */
  public RunDescription(
      String runId, List<SeriesInfo> vms, Terms terms, int trials, String security) {
    this(runId, vms, terms, trials, security, Spin.NONE);
  }

  /** The same with ends that watch the connection. */
  public RunDescription spinning(Spin by) {
    return new RunDescription(runId, vms, terms, trials, security, by);
  }

  /** Size of the pages of all VMs. */
  public PageSize pageSize() {
    return vms.getFirst().pageSize();
  }

  /** By VM, number of page frames. */
  public long[] ramPages() {
    return vms.stream().mapToLong(vm -> vm.description().ramPages()).toArray();
  }

  /** Configured checkpointing interval in nanoseconds. */
  public long intervalNs() {
    return vms.getFirst().intervalNs();
  }

  /** A value of each VM, joined by {@code +}. */
  String joined(Function<SeriesInfo, String> value) {
    return vms.stream().map(value).collect(Collectors.joining("+"));
  }
}
