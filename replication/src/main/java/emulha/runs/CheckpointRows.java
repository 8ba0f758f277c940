package emulha.runs;

import emulha.codecs.Counter;
import emulha.codecs.Counters;
import emulha.memory.PageSize;
import emulha.metrics.CheckpointRow;
import emulha.traces.Interval;
import emulha.traces.SeriesInfo;
import emulha.wire.Encryption;
import emulha.wire.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the rows of {@code checkpoints.csv}, the same way for every mode of running. */
public final class CheckpointRows {
  /** Number of the full checkpoint in the {@code checkpoint} column. */
  public static final long FULL = CheckpointRow.Sequence.FULL;

  private CheckpointRows() {}

  /**
   * The rows of one checkpoint, one per VM.
   *
   * @param checkpoint its number, or {@link #FULL}
   * @param parts by VM
   * @param senderMemoryBytes what the encoder retains after it
   * @param senderAllocatedBytes memory taken for that, in use or not
   * @param transfer null without a network
   * @param stored the receiver's figures; null without a receiver
   */
  public static List<CheckpointRow> of(
      RunDescription run,
      int trial,
      long checkpoint,
      List<VmPart> parts,
      long senderMemoryBytes,
      long senderAllocatedBytes,
      @Nullable Transfer transfer,
      Message.@Nullable Stored stored) {
    // An end that burns its processor while it waits has no CPU costs to compare.
    boolean atSender = transfer != null && !run.spin().atSender();
    Message.Stored atReceiver = run.spin().atReceiver() ? null : stored;
    List<CheckpointRow> rows = new ArrayList<>();
    for (int vm = 0; vm < parts.size(); vm++) {
      SeriesInfo info = run.vms().get(vm);
      VmPart part = parts.get(vm);
      rows.add(
          new CheckpointRow(
              new CheckpointRow.Key(
                  run.runId(),
                  trial,
                  new CheckpointRow.Of(info.name(), info.vm(), info.workload()),
                  new CheckpointRow.Setting(
                      run.terms().method().spec(),
                      Interval.wholeMilliseconds(run.intervalNs()),
                      run.intervalNs(),
                      run.pageSize().bytes()),
                  new CheckpointRow.Sequence(checkpoint)),
              traffic(part, run.pageSize(), transfer),
              new CheckpointRow.Cpu(
                  atSender ? part.cpuNs() : null,
                  atSender ? part.codecCpuNs() : null,
                  atReceiver == null ? null : atReceiver.cpuNs().get(vm),
                  atReceiver == null ? null : atReceiver.codecCpuNs().get(vm)),
              transfer == null ? null : timing(transfer),
              new CheckpointRow.Memory(
                  senderMemoryBytes,
                  senderAllocatedBytes,
                  stored == null ? null : stored.memory().bytes(),
                  stored == null ? null : stored.memory().allocatedBytes()),
              counts(part.counters()),
              stored == null
                  ? null
                  : new CheckpointRow.Stored(
                      stored.storeNs(),
                      stored.written().bytes(),
                      stored.written().ns(),
                      run.terms().verify() ? stored.verifyNs() : null),
              run.terms().verify()));
    }
    return rows;
  }

  private static CheckpointRow.Traffic traffic(
      VmPart part, PageSize pageSize, @Nullable Transfer transfer) {
    Encryption encryption = transfer == null ? null : transfer.encryption();
    return new CheckpointRow.Traffic(
        part.pages(),
        pageSize.bytesOf(part.pages()),
        part.payloadBytes(),
        part.stateBytes() == 0 ? null : part.stateBytes(),
        transfer == null ? null : part.wireBytes(),
        encryption == null
            ? null
            : new CheckpointRow.Encryption(encryption.bytes(), encryption.elapsedNs()));
  }

  private static CheckpointRow.Timing timing(Transfer transfer) {
    return new CheckpointRow.Timing(
        transfer.processingNs(),
        transfer.sendingNs(),
        transfer.transferNs(),
        transfer.elapsedIntervalNs(),
        transfer.late(),
        transfer.releaseDelayNs());
  }

  private static CheckpointRow.Counts counts(Counters counters) {
    return new CheckpointRow.Counts(
        new CheckpointRow.Pages(
            counters.get(Counter.WHOLE_PAGES).orElse(0),
            count(counters, Counter.ZERO_PAGES),
            count(counters, Counter.UNCHANGED_PAGES),
            count(counters, Counter.EXCLUDED_PAGES)),
        new CheckpointRow.DeltaCache(
            count(counters, Counter.CACHE_HITS),
            count(counters, Counter.CACHE_MISSES),
            count(counters, Counter.OVERFLOWS),
            count(counters, Counter.XBZRLE_BYTES),
            count(counters, Counter.QEMU_BYTES)),
        new CheckpointRow.Chunks(
            count(counters, Counter.DUPLICATE_CHUNKS_INTRA),
            count(counters, Counter.DUPLICATE_CHUNKS_INTER),
            count(counters, Counter.UNIQUE_CHUNKS),
            count(counters, Counter.NAMED_CHUNKS),
            count(counters, Counter.MISSING_CHUNKS),
            count(counters, Counter.TABLE_ROUND_TRIPS),
            lost(counters)));
  }

  /** A full checkpoint asks the table for each of its stretches, and is one row all the same. */
  private static @Nullable Long lost(Counters counters) {
    Long losses = count(counters, Counter.TABLE_LOSSES);
    return losses == null ? null : Math.min(1L, losses);
  }

  private static @Nullable Long count(Counters counters, Counter counter) {
    var value = counters.get(counter);
    return value.isPresent() ? value.getAsLong() : null;
  }
}
