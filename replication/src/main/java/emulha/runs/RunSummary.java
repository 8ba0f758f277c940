package emulha.runs;

import emulha.linux.Scheduling;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.RunTotals;
import emulha.traces.Interval;
import emulha.traces.SeriesInfo;
import emulha.wire.Message;
import org.jspecify.annotations.Nullable;

/** Makes a run's row of {@code runs.csv} from the rows of its counted trials. Not thread-safe. */
public final class RunSummary {
  private final RunDescription run;
  private final RunTotals totals = new RunTotals();

  /** A run without rows yet. */
  public RunSummary(RunDescription run) {
    this.run = run;
  }

  /** Adds a row; the rows of a checkpoint's VMs must follow each other. */
  public void add(CheckpointRow row) {
    totals.add(row);
  }

  private static @Nullable Long known(long figure) {
    return figure == Message.UNKNOWN ? null : (Long) figure;
  }

  private static @Nullable Long waited(@Nullable Scheduling end) {
    return end == null ? null : (Long) end.waitedNs();
  }

  /**
   * The run's row.
   *
   * @param warmupTrials replays before the counted trials
   * @param senderProcessCpuNs CPU time of the sending process during the counted trials, or null
   * @param receiverProcessCpuNs likewise of the receiving process
   * @param last what the receiver said at the end of the last trial; null without one
   * @param circumstances of the counted trials; null without a connection
   */
  public RunRow row(
      int warmupTrials,
      @Nullable Long senderProcessCpuNs,
      @Nullable Long receiverProcessCpuNs,
      Message.@Nullable Finished last,
      @Nullable Circumstances circumstances) {
    Pace pace = run.terms().pace();
    return new RunRow(
        new RunRow.Key(
            run.runId(),
            pace == null ? "reduce" : "replay",
            run.joined(SeriesInfo::name),
            run.joined(SeriesInfo::workload),
            run.vms().stream().anyMatch(SeriesInfo::synthetic) ? "synthetic" : "recording"),
        new RunRow.Setting(
            run.terms().method().spec(),
            run.terms().method().binding(),
            Interval.wholeMilliseconds(run.intervalNs()),
            run.intervalNs(),
            run.pageSize().bytes(),
            pace == null ? "none" : pace.label(),
            run.terms().base().label(),
            run.terms().method().gathers()),
        new RunRow.Network(
            run.terms().link().kind(),
            run.terms().link().bitsPerSecond(),
            run.terms().link().latencyNs(),
            run.security()),
        new RunRow.Extent(run.vms().size(), run.trials(), warmupTrials, totals.checkpoints()),
        totals.part(RunRow.Traffic.class),
        totals.part(RunRow.Cpu.class),
        new RunRow.Processes(
            run.spin().atSender() ? null : senderProcessCpuNs,
            run.spin().atReceiver() ? null : receiverProcessCpuNs),
        totals.part(RunRow.Timing.class),
        totals.part(RunRow.Memory.class),
        totals.optional(RunRow.Full.class),
        last == null
            ? null
            : new RunRow.Store(
                last.store(),
                totals.part(RunRow.Written.class),
                last.storeBytes(),
                known(last.storePeakBytes()),
                known(last.recoveryNs())),
        circumstances == null
            ? null
            : new RunRow.Circumstances(
                circumstances.startedUnixMs(),
                circumstances.endedUnixMs(),
                waited(circumstances.sender()),
                waited(circumstances.receiver()),
                circumstances.loadMilli(),
                circumstances.disturbed()),
        // Of no checkpoints every one is proved, asked for or not.
        run.terms().verify() ? totals.part(RunRow.Proof.class) : new RunRow.Proof(false));
  }
}
