package emulha.metrics;

import emulha.metrics.columns.Metric;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.metrics.columns.Metric.Unit;
import emulha.metrics.columns.OfCheckpoints;
import emulha.metrics.columns.OfCheckpoints.Which;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code runs.csv}: all incremental checkpoints of all VMs and counted trials of one run.
 * Same rules as {@link CheckpointRow}. {@link RunTotals} computes what carries {@link
 * OfCheckpoints}.
 *
 * @param key what was run
 * @param setting how
 * @param network over what
 * @param extent how much of it
 * @param traffic what was sent
 * @param cpu what it took of the processors
 * @param process what the whole processes took of them
 * @param timing how long it took
 * @param memory what both ends kept
 * @param full the full checkpoint; null without one
 * @param storage the receiver's store; null without a receiver
 * @param circumstances when it was run, and how busy the machine was; null without a connection
 * @param proof what was proved
 */
public record RunRow(
    Key key,
    Setting setting,
    Network network,
    Extent extent,
    Traffic traffic,
    Cpu cpu,
    Processes process,
    Timing timing,
    Memory memory,
    @Nullable Full full,
    @Nullable Store storage,
    @Nullable Circumstances circumstances,
    Proof proof) {

  /** What was run. */
  public record Key(
      @Identifier("Run, unique per command") String runId,
      @Identifier("How it ran: replay (two processes, TCP) or reduce (one process, no network)")
          String mode,
      @Identifier("Names of the series replayed together, joined by +") String traces,
      @Identifier("Workloads of the VMs, joined by +") String workloads,
      @Identifier("recording, or synthetic if any series was synthesised") String origin) {}

  /** How it was run. */
  public record Setting(
      @Identifier("Method as given on the command line") String method,
      @Identifier("Implementation behind each stage at the sender, native or Java, joined by +")
          String binding,
      @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
          @Meaning(
              "Configured checkpointing interval (Hou §2.1). Empty if it is not a whole number of"
                  + " milliseconds")
          @Nullable Long intervalMs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.KEY)
          @Meaning("Configured checkpointing interval (Hou §2.1), exactly")
          long intervalNs,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.KEY)
          @Meaning("Size of the pages that the VMs' writes were tracked in")
          int pageBytes,
      @Identifier(
              "realtime, virtual (the same schedule, computed and not waited for), cooled (likewise, with cold caches), asap, or none without a clock")
          String pace,
      @Identifier("send: the full checkpoint was replicated; skip: both ends had the base already")
          String base,
      @Metric(unit = Unit.FLAG, aggregation = Aggregation.KEY)
          @Meaning(
              "Whether the method sends nothing of a VM's part of a checkpoint before it has been"
                  + " given all of it, so that encoding and sending do not overlap")
          boolean gathers) {
    /** The method that sends pages as they are. */
    public static final String NONE = "none";
  }

  /** What was between the ends. */
  public record Network(
      @Identifier(
              "The network between: as-is; imitated (the sender held itself to the bandwidth and"
                  + " latency that follow); or shaped (the network was held to them, as the user or"
                  + " testbed said)")
          String linkKind,
      @Metric(unit = Unit.BITS_PER_SECOND, aggregation = Aggregation.KEY)
          @Meaning(
              "Bandwidth of that link. Imitated: in bits on an Ethernet, where of each 1538 bytes"
                  + " 1448 are ours. Shaped by testbed: in bits of Ethernet frames, 1514 bytes."
                  + " Empty if it was not limited")
          @Nullable Long linkBitsPerSecond,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.KEY)
          @Meaning("Delay added on each way of the connection. Empty if none was")
          @Nullable Long linkLatencyNs,
      @Identifier(
              "How the ends of the connection knew each other: none, token (a shared secret), or tls"
                  + " (TLS 1.3, which also encrypts); none without a connection")
          String security) {}

  /** How much was run. */
  public record Extent(
      @Count("VMs protected together") int vms,
      @Count("Counted trials") int trials,
      @Count(
              "Replays before the counted trials, to warm up the JIT; of a timed warm-up the last is cut short")
          int warmupTrials,
      @Count("Incremental checkpoints (of all VMs together) over all counted trials")
          long checkpoints) {}

  /** Pages and bytes. */
  public record Traffic(
      @OfCheckpoints @Count("Sum over the checkpoints") long dirtyPages,
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Sum over the checkpoints")
          long rawBytes,
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Sum over the checkpoints")
          long payloadBytes,
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Sum over the checkpoints. Empty where any has no state")
          @Nullable Long stateBytes,
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Sum over the checkpoints. Empty without a connection")
          @Nullable Long wireBytes,
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("Sum of encrypted_bytes over the checkpoints, each once. Empty without TLS")
          @Nullable Long encryptedBytes,
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning("Sum of encryption_ns over the checkpoints, each once. Empty without TLS")
          @Nullable Long encryptionNs) {}

  /** CPU time for the checkpoints. */
  public record Cpu(
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Sum over the checkpoints. Empty where the clock was not read, or if that end spun")
          @Nullable Long senderCpuNs,
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Sum over the checkpoints. Empty where the clock was not read, or if that end spun")
          @Nullable Long senderCodecCpuNs,
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Sum over the checkpoints. Empty where the clock was not read, or if that end spun")
          @Nullable Long receiverCpuNs,
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Sum over the checkpoints. Empty where the clock was not read, or if that end spun")
          @Nullable Long receiverCodecCpuNs) {}

  /** CPU time of the processes. */
  public record Processes(
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "CPU time of the whole sending process during the counted trials, JIT, GC, reading and"
                  + " digesting included. Empty if it spun")
          @Nullable Long senderProcessCpuNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "CPU time of the whole receiving process during the counted trials, JIT, GC and"
                  + " verification included. Empty if it spun")
          @Nullable Long receiverProcessCpuNs) {}

  /** Time that passed. */
  public record Timing(
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Sum of transfer_ns over the checkpoints, each once however many VMs it has. Empty"
                  + " without a connection")
          @Nullable Long transferNs,
      @OfCheckpoints
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning("Sum of sending_ns over the checkpoints, each once. Empty without a connection")
          @Nullable Long sendingNs,
      @OfCheckpoints(column = "late")
          @Count(
              "Checkpoints whose ACK came after the end of the interval, each once. Empty where"
                  + " intervals are not kept")
          @Nullable Long lateCheckpoints,
      @OfCheckpoints(column = "release_delay_ns", percentile = 99)
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MAX)
          @Meaning(
              "99th percentile of release_delay_ns over the checkpoints, each once: the smallest of"
                  + " these delays that at most one in a hundred exceeds. Empty without a connection")
          @Nullable Long releaseDelayP99Ns) {}

  /** Key data structures. */
  public record Memory(
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN)
          @Meaning(
              "Mean of sender_memory_bytes over the checkpoints, rounded to the nearest byte"
                  + " (Hou §3.2)")
          long senderMemoryBytes,
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.MEAN)
          @Meaning(
              "Mean of receiver_memory_bytes over the checkpoints, rounded to the nearest byte"
                  + " (Hou §3.2). Empty without a receiver")
          @Nullable Long receiverMemoryBytes,
      @OfCheckpoints(column = "sender_memory_bytes")
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.MAX)
          @Meaning("Largest sender_memory_bytes of a checkpoint")
          long senderMemoryMaxBytes,
      @OfCheckpoints(column = "receiver_memory_bytes")
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.MAX)
          @Meaning("Largest receiver_memory_bytes of a checkpoint. Empty without a receiver")
          @Nullable Long receiverMemoryMaxBytes,
      @OfCheckpoints(column = "sender_allocated_bytes")
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.MAX)
          @Meaning("Largest sender_allocated_bytes of a checkpoint")
          long senderAllocatedMaxBytes,
      @OfCheckpoints(column = "receiver_allocated_bytes")
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.MAX)
          @Meaning("Largest receiver_allocated_bytes of a checkpoint. Empty without a receiver")
          @Nullable Long receiverAllocatedMaxBytes) {}

  /** The full checkpoint. */
  public record Full(
      @OfCheckpoints(column = "raw_bytes", which = Which.FULL)
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("raw_bytes of the full checkpoint. Empty with base skip")
          long fullRawBytes,
      @OfCheckpoints(column = "payload_bytes", which = Which.FULL)
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning("payload_bytes of the full checkpoint. Empty with base skip")
          long fullPayloadBytes,
      @OfCheckpoints(column = "transfer_ns", which = Which.FULL)
          @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning("Transfer time of the full checkpoint. Empty with base skip or without network")
          @Nullable Long fullTransferNs) {}

  /** What the store took. */
  public record Store(
      @Identifier(
              "Where the receiver kept checkpoints: ram, file, redis, criu or criu-naive. Empty without a"
                  + " receiver")
          String store,
      Written written,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MAX)
          @Meaning(
              "What the store took at the end of the last trial, base included. Empty without a"
                  + " receiver")
          long storeBytes,
      @Metric(unit = Unit.BYTES, aggregation = Aggregation.MAX)
          @Meaning("The most that the store took in the last trial. Empty where it is not known")
          @Nullable Long storePeakBytes,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.MEAN)
          @Meaning(
              "Time to rebuild all images from what was stored alone, after the last trial: the"
                  + " restore time of criu and criu-naive. Empty if nothing outlives the receiver")
          @Nullable Long recoveryNs) {
    /** The store that is no more than the receiver's memory. */
    public static final String RAM = "ram";
  }

  /** What the store wrote. */
  public record Written(
      @OfCheckpoints
          @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM)
          @Meaning(
              "Sum of store_written_bytes over the checkpoints, each once; divided by raw_bytes it"
                  + " is the write amplification. Empty without a receiver")
          long storeWrittenBytes) {}

  /** When it was run, and how busy the machine was. */
  public record Circumstances(
      @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
          @Meaning("Unix time at which the counted trials began. Empty without a connection")
          long startedUnixMs,
      @Metric(unit = Unit.MILLISECONDS, aggregation = Aggregation.KEY)
          @Meaning("Unix time at which they ended. Empty without a connection")
          long endedUnixMs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "Time in the counted trials for which the threads that read, encode and send were"
                  + " ready to run and waited for a processor. Empty where the machine does not tell")
          @Nullable Long senderRunQueueWaitNs,
      @Metric(unit = Unit.NANOSECONDS, aggregation = Aggregation.SUM)
          @Meaning(
              "The same of the threads that receive, decode and store, of their machine. Empty where"
                  + " it does not tell")
          @Nullable Long receiverRunQueueWaitNs,
      @Metric(unit = Unit.COUNT, aggregation = Aggregation.MEAN)
          @Meaning(
              "Thousandths of the mean number of threads running or waiting to run on the sender's"
                  + " machine in the minute before the end. Empty where it does not tell")
          @Nullable Long senderLoadMilli,
      @Metric(unit = Unit.FLAG, aggregation = Aggregation.ALL)
          @Meaning(
              "Whether the sender's threads waited for a processor for more than a tenth of the time"
                  + " that they ran or waited: something else ran on the machine, or there are fewer"
                  + " processors than threads, and the times are not the method's. Empty where the"
                  + " machine does not tell")
          @Nullable Boolean disturbed) {}

  /** What was proved. */
  public record Proof(
      @OfCheckpoints(which = Which.ALL)
          @Metric(unit = Unit.FLAG, aggregation = Aggregation.ALL)
          @Meaning(
              "Whether every checkpoint and the whole image at the end were proved equal to the"
                  + " recording")
          boolean verified) {}
}
