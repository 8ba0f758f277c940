package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code checkpoints.csv}: one VM's part of one checkpoint of one trial of one run. Raw
 * integers; a value that was not measured is null and empty in the file, never 0. Columns are the
 * names of the parts' components in snake case, in this order.
 *
 * @param key what the figures are of
 * @param traffic what was sent
 * @param cpu what it took of the processors
 * @param timing how long it took; null without a connection
 * @param memory what both ends kept afterwards
 * @param counts what the method counted
 * @param stored what the receiver's store did; null without a receiver
 */
public record CheckpointRow(
    Key key,
    Traffic traffic,
    Cpu cpu,
    @Nullable Timing timing,
    Memory memory,
    Counts counts,
    @Nullable Stored stored,
    @Metric(unit = Unit.FLAG, aggregation = Aggregation.ALL)
        @Meaning(
            "Whether the decoded pages were proved equal to the recording's; false only when"
                + " verification was turned off")
        boolean verified) {

  /** What a row is of. */
  public record Key(
      @Identifier("Run, unique per command") String runId,
      @Identifier("Trial of the run, from 1") int trial,
      Of of,
      Setting setting,
      Sequence number) {}

  /** Which part of a run. */
  public record Of(
      @Identifier("Name of the series replayed") String trace,
      @Identifier("Name of the VM") String vm,
      @Identifier("Workload in the VM") String workload) {}

  /** How it was run. */
  public record Setting(
      @Identifier("Method as given on the command line") String method,
      @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
          @Meaning(
              "Configured checkpointing interval (Hou §2.1). Empty if it is not a whole number of"
                  + " milliseconds")
          @Nullable Long intervalMs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.KEY)
          @Meaning("Configured checkpointing interval (Hou §2.1), exactly")
          long intervalNs,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY)
          @Meaning("Size of the pages that the VM's writes were tracked in")
          int pageBytes) {}

  /** Which checkpoint it is. */
  public record Sequence(
      @Identifier("Number of the checkpoint, incremental ones from 0; the full one is -1")
          long checkpoint,
      @Metric(unit = Unit.FLAG, aggregation = Aggregation.KEY)
          @Meaning("Whether this is the first, full checkpoint (Hou §2.1)")
          boolean full) {
    /** Number of the full checkpoint. */
    public static final long FULL = -1;

    /** The checkpoint of a number, the full one if that is {@link #FULL}. */
    public Sequence(long checkpoint) {
      this(checkpoint, checkpoint == FULL);
    }
  }

  /** Pages and bytes. */
  public record Traffic(
      @Count("Pages in the checkpoint") long dirtyPages,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Page content before encoding: dirty_pages * page_bytes")
          long rawBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Encoded page content only: no page numbers, flags or frames")
          long payloadBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "CPU and device state sent with the pages, in wire_bytes but not in payload_bytes."
                  + " Empty where it was not recorded")
          @Nullable Long stateBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "Every byte the sender wrote to the connection for this part of the checkpoint;"
                  + " frames shared by all VMs count with the first. Empty without a connection")
          @Nullable Long wireBytes,
      @Nullable Encryption encryption) {}

  /** What TLS did. */
  public record Encryption(
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Bytes of the TLS records that carried the checkpoint, for all VMs together: the same"
                  + " in each VM's row. Empty without TLS")
          long encryptedBytes,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Time the sender took to encrypt, part of sending_ns, its CPU time part of"
                  + " sender_cpu_ns; for all VMs together: the same in each VM's row. Empty without"
                  + " TLS")
          long encryptionNs) {}

  /** CPU time. */
  public record Cpu(
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "CPU time, user and system, of the sender's working threads to compress and send"
                  + " this VM's pages; work shared by all VMs counts with the first, so that the"
                  + " sum over VMs is exact (Hou §3.2). Empty where the clock was not read, or if that end spun")
          @Nullable Long senderCpuNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Of sender_cpu_ns, what frames and the connection did not take: the method's own"
                  + " part. Empty where the clock was not read, or if that end spun")
          @Nullable Long senderCodecCpuNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "CPU time, user and system, of the receiver's working threads to receive, decompress"
                  + " and store; verification is not in it; shared work counts with the first VM"
                  + " (Hou §3.2). Empty where the clock was not read, or if that end spun")
          @Nullable Long receiverCpuNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Of receiver_cpu_ns, what decoding took, without receiving and storing: the method's"
                  + " own part. Empty where the clock was not read, or if that end spun")
          @Nullable Long receiverCodecCpuNs) {}

  /** Time that passed. */
  public record Timing(
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "transfer_ns - sending_ns: time to process the dirty pages (Hou §3.2). Empty without"
                  + " a connection")
          long processingNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Time in socket writes and in waiting for the ACK, for all VMs together (Hou §3.2)."
                  + " Empty without a connection")
          long sendingNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "From the start of sending until the ACK, for all VMs of the checkpoint together: the"
                  + " same in each VM's row (Hou §3.2). Empty without a connection")
          long transferNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "From this checkpoint's start to the next one's start. Empty for the last one and"
                  + " where intervals are not kept")
          @Nullable Long elapsedIntervalNs,
      @Metric(unit = Unit.FLAG, aggregation = Aggregation.SUM, perVm = false)
          @Meaning(
              "Whether the ACK came after the end of the interval, which delays the next checkpoint."
                  + " Empty where intervals are not kept")
          @Nullable Boolean late,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "From the end of the execution that the checkpoint captures until the ACK: how long"
                  + " the last packet sent in it was withheld (Hou §2.1), for all VMs together, the"
                  + " same in each VM's row. With pace realtime, virtual or cooled execution ends at the scheduled end"
                  + " of the interval, or, after a late ACK, with that ACK; the sender's lateness in"
                  + " starting counts. With pace asap nothing is executed and it is transfer_ns."
                  + " Empty for the full checkpoint and without a connection")
          @Nullable Long releaseDelayNs) {}

  /** Key data structures. */
  public record Memory(
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Key data structures of the sender's encoder after the checkpoint, over all VMs: the"
                  + " same in each VM's row (Hou §3.2)")
          long senderMemoryBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Memory taken for sender_memory_bytes: with what is begun and not in use, of the"
                  + " structures that grow or are made for a largest size")
          long senderAllocatedBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Key data structures of the receiver's decoder after the checkpoint, over all VMs:"
                  + " the same in each VM's row. Empty without a receiver")
          @Nullable Long receiverMemoryBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning("The same of receiver_memory_bytes. Empty without a receiver")
          @Nullable Long receiverAllocatedBytes) {}

  /** What a method counted; each part is empty where the method has nothing of the kind. */
  public record Counts(Pages pages, DeltaCache deltaCache, Chunks chunks) {}

  /** How whole pages were settled. */
  public record Pages(
      @Count("Pages whose whole content was sent (page_bytes of payload)") long wholePages,
      @Count("All-zero pages settled by a flag. Empty if the method has no such flag")
          @Nullable Long zeroPages,
      @Count(
              "Dirty pages equal to their earlier content, settled by a flag. Empty if the method"
                  + " keeps no earlier content")
          @Nullable Long unchangedPages,
      @Count("Pages not sent because the guest held them free. Empty if the method sends them")
          @Nullable Long excludedPages) {}

  /** What became of pages in a delta cache. */
  public record DeltaCache(
      @Count("Dirty pages found in the delta cache. Empty without one") @Nullable Long cacheHits,
      @Count("Dirty pages not found in the delta cache. Empty without one")
          @Nullable Long cacheMisses,
      @Count("Cache hits whose delta was not smaller than the page. Empty without a cache")
          @Nullable Long overflows,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "QEMU's counter xbzrle-cache.bytes: encoded bytes, 3 bytes of flag and length with"
                  + " each encoding, 4096 for each overflow. Its pages are cache_hits. Empty"
                  + " without XBZRLE")
          @Nullable Long xbzrleBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "What QEMU 8.2 would add to ram.transferred for the pages given to the stage: 9"
                  + " bytes for a page of zeros settled by a flag, 11 + n for an encoding of n"
                  + " bytes, nothing for an unchanged page, 8 + 4096 for any other; block names"
                  + " and end marks are not in it. Empty without XBZRLE")
          @Nullable Long qemuBytes) {}

  /** What became of chunks. */
  public record Chunks(
      @Count("Chunks sent as a pointer to a chunk of the same VM. Empty without similarity")
          @Nullable Long duplicateChunksIntra,
      @Count("Chunks sent as a pointer to a chunk of another VM. Empty without similarity")
          @Nullable Long duplicateChunksInter,
      @Count("Chunks seen for the first time, sent in full or handed on. Empty without similarity")
          @Nullable Long uniqueChunks,
      @Count(
              "Chunks seen for the first time on this host and sent as a digest, because the table"
                  + " that hosts share had them. Empty without such a table")
          @Nullable Long namedChunks,
      @Count(
              "Of named_chunks, those that the receiver did not find or that did not have the"
                  + " digest: the sender sent them after all, for all VMs together in the row of the"
                  + " first. Empty without such a table")
          @Nullable Long missingChunks,
      @Count(
              "How often the sender waited for an answer of the table that hosts share: once per VM"
                  + " and 16384 chunks. The receiver waits once more per 16384 of named_chunks"
                  + " before the ACK. Empty without such a table")
          @Nullable Long tableRoundTrips,
      @Count(
              "1 if the sender could not reach the table that hosts share, for any of the VM's"
                  + " pages, 0 if it could for all. Empty without such a table")
          @Nullable Long tableLosses) {}

  /** What storing took. */
  public record Stored(
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Time the receiver took to decode the checkpoint and store it in the fail-over image,"
                  + " for all VMs together: the same in each VM's row. Empty without a receiver")
          long storeNs,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM, perVm = false)
          @Meaning(
              "Bytes that the receiver's store wrote for the checkpoint, wherever they went, for"
                  + " all VMs together; divided by raw_bytes of all of them it is the write"
                  + " amplification. Empty without a receiver")
          long storeWrittenBytes,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Time that the store took for the checkpoint, for all VMs together, part of"
                  + " store_ns: the dump time of criu and criu-naive. Empty without a receiver")
          long storeWriteNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN, perVm = false)
          @Meaning(
              "Time the receiver took to verify the checkpoint, for all VMs together: the same in"
                  + " each VM's row, and in no other column. Empty without verification")
          @Nullable Long verifyNs) {}
}
