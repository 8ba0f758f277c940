package emulha.metrics;

import emulha.metrics.Metric.Aggregation;
import emulha.metrics.Metric.Unit;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code runs.csv}: all incremental checkpoints of all VMs and counted trials of one run.
 * Same rules as {@link CheckpointRow}.
 */
public record RunRow(
    @Metric(unit = Unit.KEY, aggregation = Aggregation.KEY, meaning = "Run, unique per command")
        String runId,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "How it ran: replay (two processes, TCP) or reduce (one process, no network)")
        String mode,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "Names of the series replayed together, joined by +")
        String traces,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "Workloads of the VMs, joined by +")
        String workloads,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "recording, or synthetic if any series was synthesised")
        String origin,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "Method as given on the command line")
        String method,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "Implementation behind each stage, native or Java, joined by +")
        String binding,
    @Metric(
            unit = Unit.MILLISECONDS,
            aggregation = Aggregation.KEY,
            meaning = "Configured checkpointing interval (Hou §2.1)")
        long intervalMs,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning = "realtime, asap, or none without a clock")
        String pace,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning =
                "send: the full checkpoint was replicated; skip: both ends had the base already")
        String base,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning =
                "The network between: as-is; imitated (the sender held itself to the bandwidth and"
                    + " latency that follow); or shaped (the network was held to them, as the user or"
                    + " testbed said)")
        String linkKind,
    @Metric(
            unit = Unit.BITS_PER_SECOND,
            aggregation = Aggregation.KEY,
            meaning =
                "Bandwidth of that link. Imitated: in bits on an Ethernet, where of each 1538 bytes"
                    + " 1448 are ours. Shaped by testbed: in bits of Ethernet frames, 1514 bytes."
                    + " Empty if it was not limited")
        @Nullable Long linkBitsPerSecond,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.KEY,
            meaning = "Delay added on each way of the connection. Empty if none was")
        @Nullable Long linkLatencyNs,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning =
                "How the ends of the connection knew each other: none, token (a shared secret), or tls"
                    + " (TLS 1.3, which also encrypts); none without a connection")
        String security,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM, meaning = "VMs protected together")
        int vms,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM, meaning = "Counted trials")
        int trials,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Replays of the series before the counted trials, to warm up the JIT")
        int warmupTrials,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning = "Incremental checkpoints (of all VMs together) over all counted trials")
        long checkpoints,
    @Metric(unit = Unit.COUNT, aggregation = Aggregation.SUM, meaning = "Sum over the checkpoints")
        long dirtyPages,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM, meaning = "Sum over the checkpoints")
        long rawBytes,
    @Metric(unit = Unit.BYTES, aggregation = Aggregation.SUM, meaning = "Sum over the checkpoints")
        long payloadBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.SUM,
            meaning = "Sum over the checkpoints. Empty where any has no state")
        @Nullable Long stateBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.SUM,
            meaning = "Sum over the checkpoints. Empty without a connection")
        @Nullable Long wireBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.SUM,
            meaning = "Sum of encrypted_bytes over the checkpoints, each once. Empty without TLS")
        @Nullable Long encryptedBytes,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning = "Sum of encryption_ns over the checkpoints, each once. Empty without TLS")
        @Nullable Long encryptionNs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning = "Sum over the checkpoints. Empty where the clock was not read")
        @Nullable Long senderCpuNs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning = "Sum over the checkpoints. Empty where the clock was not read")
        @Nullable Long receiverCpuNs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning =
                "CPU time of the whole sending process during the counted trials, JIT, GC, reading and"
                    + " digesting included")
        @Nullable Long senderProcessCpuNs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning =
                "CPU time of the whole receiving process during the counted trials, JIT, GC and"
                    + " verification included")
        @Nullable Long receiverProcessCpuNs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning =
                "Sum of transfer_ns over the checkpoints, each once however many VMs it has. Empty"
                    + " without a connection")
        @Nullable Long transferNs,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning =
                "Sum of sending_ns over the checkpoints, each once. Empty without a connection")
        @Nullable Long sendingNs,
    @Metric(
            unit = Unit.COUNT,
            aggregation = Aggregation.SUM,
            meaning =
                "Checkpoints whose ACK came after the end of the interval, each once. Empty where"
                    + " intervals are not kept")
        @Nullable Long lateCheckpoints,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.MAX,
            meaning =
                "99th percentile of release_delay_ns over the checkpoints, each once: the smallest of"
                    + " these delays that at most one in a hundred exceeds. Empty without a connection")
        @Nullable Long releaseDelayP99Ns,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.MEAN,
            meaning =
                "Mean of sender_memory_bytes over the checkpoints, rounded to the nearest byte"
                    + " (Hou §3.2)")
        long senderMemoryBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.MEAN,
            meaning =
                "Mean of receiver_memory_bytes over the checkpoints, rounded to the nearest byte"
                    + " (Hou §3.2). Empty without a receiver")
        @Nullable Long receiverMemoryBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.SUM,
            meaning = "raw_bytes of the full checkpoint. Empty with base skip")
        @Nullable Long fullRawBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.SUM,
            meaning = "payload_bytes of the full checkpoint. Empty with base skip")
        @Nullable Long fullPayloadBytes,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.SUM,
            meaning =
                "Transfer time of the full checkpoint. Empty with base skip or without network")
        @Nullable Long fullTransferNs,
    @Metric(
            unit = Unit.KEY,
            aggregation = Aggregation.KEY,
            meaning =
                "Where the receiver kept checkpoints: ram, file, redis, criu or criu-naive. Empty without a"
                    + " receiver")
        @Nullable String store,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.SUM,
            meaning =
                "Sum of store_written_bytes over the checkpoints, each once; divided by raw_bytes it"
                    + " is the write amplification. Empty without a receiver")
        @Nullable Long storeWrittenBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.MAX,
            meaning =
                "What the store took at the end of the last trial, base included. Empty without a"
                    + " receiver")
        @Nullable Long storeBytes,
    @Metric(
            unit = Unit.BYTES,
            aggregation = Aggregation.MAX,
            meaning = "The most that the store took in the last trial. Empty where it is not known")
        @Nullable Long storePeakBytes,
    @Metric(
            unit = Unit.NANOSECONDS,
            aggregation = Aggregation.MEAN,
            meaning =
                "Time to rebuild all images from what was stored alone, after the last trial: the"
                    + " restore time of criu and criu-naive. Empty if nothing outlives the receiver")
        @Nullable Long recoveryNs,
    @Metric(
            unit = Unit.FLAG,
            aggregation = Aggregation.ALL,
            meaning =
                "Whether every checkpoint and the whole image at the end were proved equal to the"
                    + " recording")
        boolean verified) {}
