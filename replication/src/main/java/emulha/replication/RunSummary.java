package emulha.replication;

import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.traces.SeriesInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the rows of a run's counted trials into its row of {@code runs.csv}. Sums over the
 * incremental checkpoints; the full one apart. A sum of a column in which any value is unavailable
 * is unavailable. Not thread-safe.
 */
public final class RunSummary {
  private final RunDescription run;
  private int trial = -1;
  private long checkpoint = Long.MIN_VALUE;
  private long checkpoints;
  private long dirtyPages;
  private long rawBytes;
  private long payloadBytes;
  private @Nullable Long stateBytes = 0L;
  private @Nullable Long wireBytes = 0L;
  private @Nullable Long encryptedBytes = 0L;
  private @Nullable Long encryptionNs = 0L;
  private @Nullable Long senderCpuNs = 0L;
  private @Nullable Long receiverCpuNs = 0L;
  private @Nullable Long transferNs = 0L;
  private @Nullable Long sendingNs = 0L;
  private @Nullable Long lateCheckpoints = 0L;
  private final List<@Nullable Long> releaseDelaysNs = new ArrayList<>();
  private @Nullable Long storeWrittenBytes = 0L;
  private long senderMemoryBytes;
  private @Nullable Long receiverMemoryBytes = 0L;
  private boolean anyFull;
  private long fullRawBytes;
  private long fullPayloadBytes;
  private @Nullable Long fullTransferNs = 0L;
  private boolean verified = true;

  /** A run without rows yet. */
  public RunSummary(RunDescription run) {
    this.run = run;
  }

  /** Adds a row; the rows of a checkpoint's VMs must follow each other. */
  public void add(CheckpointRow row) {
    boolean firstVm = row.trial() != trial || row.checkpoint() != checkpoint;
    trial = row.trial();
    checkpoint = row.checkpoint();
    verified &= row.verified();
    if (row.full()) {
      anyFull = true;
      fullRawBytes += row.rawBytes();
      fullPayloadBytes += row.payloadBytes();
      if (firstVm) {
        fullTransferNs = sum(fullTransferNs, row.transferNs());
      }
      return;
    }
    dirtyPages += row.dirtyPages();
    rawBytes += row.rawBytes();
    payloadBytes += row.payloadBytes();
    stateBytes = sum(stateBytes, row.stateBytes());
    wireBytes = sum(wireBytes, row.wireBytes());
    senderCpuNs = sum(senderCpuNs, row.senderCpuNs());
    receiverCpuNs = sum(receiverCpuNs, row.receiverCpuNs());
    if (firstVm) {
      checkpoints++;
      encryptedBytes = sum(encryptedBytes, row.encryptedBytes());
      encryptionNs = sum(encryptionNs, row.encryptionNs());
      transferNs = sum(transferNs, row.transferNs());
      sendingNs = sum(sendingNs, row.sendingNs());
      Boolean late = row.late();
      lateCheckpoints = sum(lateCheckpoints, late == null ? null : late ? 1L : 0L);
      releaseDelaysNs.add(row.releaseDelayNs());
      storeWrittenBytes = sum(storeWrittenBytes, row.storeWrittenBytes());
      senderMemoryBytes += row.senderMemoryBytes();
      receiverMemoryBytes = sum(receiverMemoryBytes, row.receiverMemoryBytes());
    }
  }

  private static @Nullable Long known(long figure) {
    return figure == Message.UNKNOWN ? null : (Long) figure;
  }

  private static @Nullable Long sum(@Nullable Long a, @Nullable Long b) {
    return a == null || b == null ? null : a + b;
  }

  /** A mean over the checkpoints, rounded to the nearest. */
  private long mean(long total) {
    long divisor = Math.max(1, checkpoints);
    return (total + divisor / 2) / divisor;
  }

  /** The smallest of the values that at most a hundredth of them exceed: nearest rank. */
  private static @Nullable Long percentile99(List<@Nullable Long> values) {
    if (values.isEmpty() || values.contains(null)) {
      return null;
    }
    long[] sorted = values.stream().mapToLong(Objects::requireNonNull).sorted().toArray();
    return sorted[Math.ceilDiv(99 * sorted.length, 100) - 1];
  }

  /**
   * The run's row.
   *
   * @param warmupTrials replays before the counted trials
   * @param senderProcessCpuNs CPU time of the sending process during the counted trials, or null
   * @param receiverProcessCpuNs likewise of the receiving process
   * @param last what the receiver said at the end of the last trial; null without one
   */
  public RunRow row(
      int warmupTrials,
      @Nullable Long senderProcessCpuNs,
      @Nullable Long receiverProcessCpuNs,
      Message.@Nullable Finished last) {
    Pace pace = run.pace();
    return new RunRow(
        run.runId(),
        pace == null ? "reduce" : "replay",
        run.joined(SeriesInfo::name),
        run.joined(SeriesInfo::workload),
        run.vms().stream().anyMatch(SeriesInfo::synthetic) ? "synthetic" : "recording",
        run.method().spec(),
        run.method().binding(),
        run.intervalMs(),
        pace == null ? "none" : pace.label(),
        run.base().label(),
        run.link().kind(),
        run.link().bitsPerSecond(),
        run.link().latencyNs(),
        run.security(),
        run.vms().size(),
        run.trials(),
        warmupTrials,
        checkpoints,
        dirtyPages,
        rawBytes,
        payloadBytes,
        stateBytes,
        wireBytes,
        encryptedBytes,
        encryptionNs,
        senderCpuNs,
        receiverCpuNs,
        senderProcessCpuNs,
        receiverProcessCpuNs,
        transferNs,
        sendingNs,
        lateCheckpoints,
        percentile99(releaseDelaysNs),
        mean(senderMemoryBytes),
        receiverMemoryBytes == null ? null : mean(receiverMemoryBytes),
        anyFull ? fullRawBytes : null,
        anyFull ? fullPayloadBytes : null,
        anyFull ? fullTransferNs : null,
        last == null ? null : last.store(),
        last == null ? null : storeWrittenBytes,
        last == null ? null : last.storeBytes(),
        last == null ? null : known(last.storePeakBytes()),
        last == null ? null : known(last.recoveryNs()),
        verified);
  }
}
