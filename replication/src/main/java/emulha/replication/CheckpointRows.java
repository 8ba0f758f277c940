package emulha.replication;

import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.memory.Page;
import emulha.metrics.CheckpointRow;
import emulha.traces.SeriesInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the rows of {@code checkpoints.csv}, the same way for every mode of running. */
public final class CheckpointRows {
  /** Number of the full checkpoint in the {@code checkpoint} column. */
  public static final long FULL = -1;

  private CheckpointRows() {}

  /**
   * The rows of one checkpoint, one per VM.
   *
   * @param checkpoint its number, or {@link #FULL}
   * @param parts by VM
   * @param senderMemoryBytes what the encoder retains after it
   * @param transfer null without a network
   * @param stored the receiver's figures; null without a receiver
   */
  public static List<CheckpointRow> of(
      RunDescription run,
      int trial,
      long checkpoint,
      List<VmPart> parts,
      long senderMemoryBytes,
      @Nullable Transfer transfer,
      Message.@Nullable Stored stored) {
    List<CheckpointRow> rows = new ArrayList<>();
    Encryption encryption = transfer == null ? null : transfer.encryption();
    for (int vm = 0; vm < parts.size(); vm++) {
      SeriesInfo info = run.vms().get(vm);
      VmPart part = parts.get(vm);
      rows.add(
          new CheckpointRow(
              run.runId(),
              trial,
              info.name(),
              info.vm(),
              info.workload(),
              run.method().spec(),
              run.intervalMs(),
              checkpoint,
              checkpoint == FULL,
              part.pages(),
              part.pages() * Page.BYTES,
              part.payloadBytes(),
              part.stateBytes() == 0 ? null : part.stateBytes(),
              transfer == null ? null : part.wireBytes(),
              encryption == null ? null : encryption.bytes(),
              encryption == null ? null : encryption.elapsedNs(),
              transfer == null ? null : part.cpuNs(),
              stored == null ? null : stored.cpuNs().get(vm),
              transfer == null ? null : transfer.processingNs(),
              transfer == null ? null : transfer.sendingNs(),
              transfer == null ? null : transfer.transferNs(),
              transfer == null ? null : transfer.elapsedIntervalNs(),
              transfer == null ? null : transfer.late(),
              transfer == null ? null : transfer.releaseDelayNs(),
              senderMemoryBytes,
              stored == null ? null : stored.memoryBytes(),
              part.counters().get(Counter.WHOLE_PAGES).orElse(0),
              count(part.counters(), Counter.ZERO_PAGES),
              count(part.counters(), Counter.UNCHANGED_PAGES),
              count(part.counters(), Counter.EXCLUDED_PAGES),
              count(part.counters(), Counter.CACHE_HITS),
              count(part.counters(), Counter.CACHE_MISSES),
              count(part.counters(), Counter.OVERFLOWS),
              count(part.counters(), Counter.XBZRLE_BYTES),
              count(part.counters(), Counter.QEMU_BYTES),
              count(part.counters(), Counter.DUPLICATE_CHUNKS_INTRA),
              count(part.counters(), Counter.DUPLICATE_CHUNKS_INTER),
              count(part.counters(), Counter.UNIQUE_CHUNKS),
              count(part.counters(), Counter.NAMED_CHUNKS),
              count(part.counters(), Counter.MISSING_CHUNKS),
              count(part.counters(), Counter.TABLE_ROUND_TRIPS),
              count(part.counters(), Counter.TABLE_LOSSES),
              stored == null ? null : stored.storeNs(),
              stored == null ? null : stored.writtenBytes(),
              stored == null ? null : stored.writeNs(),
              stored == null || !run.verified() ? null : stored.verifyNs(),
              run.verified()));
    }
    return rows;
  }

  private static @Nullable Long count(Counters counters, Counter counter) {
    var value = counters.get(counter);
    return value.isPresent() ? value.getAsLong() : null;
  }
}
