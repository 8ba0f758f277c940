package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What figures and claims are made of: a number per trial, computed from its incremental
 * checkpoints alone (Hou §3.2: the first, full checkpoint stands apart).
 */
public enum Measure {
  TRAFFIC_REDUCTION(
      Unit.RATIO,
      "1 - sum of payload_bytes / sum of raw_bytes: each byte weighs the same (Hou §3.2: average"
          + " traffic reduction)",
      trial -> 1 - trial.ratio(Checkpoints.PAYLOAD_BYTES, Checkpoints.RAW_BYTES)),
  WIRE_TRAFFIC_REDUCTION(
      Unit.RATIO,
      "1 - sum of wire_bytes / sum of raw_bytes: page numbers, flags and frames are paid for",
      trial -> 1 - trial.ratio(Checkpoints.WIRE_BYTES, Checkpoints.RAW_BYTES)),
  CHECKPOINT_BYTES(
      Unit.BYTES,
      "Mean raw_bytes of a checkpoint, of all VMs together (Hou Table 2)",
      trial -> trial.perCheckpoint(Checkpoints.RAW_BYTES)),
  DIRTY_PAGES(
      Unit.PAGES,
      "Mean number of pages in a checkpoint, of all VMs together",
      trial -> trial.perCheckpoint(Checkpoints.DIRTY_PAGES)),
  TRAFFIC_BYTES(
      Unit.BYTES,
      "Sum of payload_bytes over a trial's checkpoints (Hou Figure 1)",
      trial -> trial.sum(Checkpoints.PAYLOAD_BYTES)),
  BANDWIDTH_BITS_PER_SECOND(
      Unit.BITS_PER_SECOND,
      "Sum of payload_bytes * 8 / (checkpoints * configured interval): what a link must carry to"
          + " keep the configured frequency (Hou Figure 1)",
      trial -> trial.perCheckpoint(Checkpoints.PAYLOAD_BYTES) * (8 * 1e9 / trial.intervalNs)),
  PAYLOAD_BYTES_PER_PAGE(
      Unit.BYTES_PER_PAGE,
      "Sum of payload_bytes / sum of dirty_pages (Fernando Table 2)",
      trial -> trial.ratio(Checkpoints.PAYLOAD_BYTES, Checkpoints.DIRTY_PAGES)),
  HIT_PAYLOAD_BYTES_PER_PAGE(
      Unit.BYTES_PER_PAGE,
      "Payload of the pages that had an older version / their number: (payload_bytes - page_bytes *"
          + " cache_misses) / cache_hits (Fernando Table 1). Available where every miss went whole",
      Measure::hitPayload),
  SENDER_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of sender_cpu_ns / sum of dirty_pages, of all VMs together (Hou §3.2)",
      together(trial -> trial.ratio(Checkpoints.SENDER_CPU_NS, Checkpoints.DIRTY_PAGES))),
  RECEIVER_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of receiver_cpu_ns / sum of dirty_pages, of all VMs together (Hou §3.2)",
      together(trial -> trial.ratio(Checkpoints.RECEIVER_CPU_NS, Checkpoints.DIRTY_PAGES))),
  SENDER_CODEC_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of sender_codec_cpu_ns / sum of dirty_pages, of all VMs together",
      together(trial -> trial.ratio(Checkpoints.SENDER_CODEC_CPU_NS, Checkpoints.DIRTY_PAGES))),
  RECEIVER_CODEC_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of receiver_codec_cpu_ns / sum of dirty_pages, of all VMs together",
      together(trial -> trial.ratio(Checkpoints.RECEIVER_CODEC_CPU_NS, Checkpoints.DIRTY_PAGES))),
  SENDER_CPU_NS_PER_CHECKPOINT(
      Unit.NANOSECONDS_PER_CHECKPOINT,
      "Sum of sender_cpu_ns / checkpoints, of all VMs together",
      together(trial -> trial.perCheckpoint(Checkpoints.SENDER_CPU_NS))),
  SENDER_MEMORY_BYTES(
      Unit.BYTES,
      "Mean over the checkpoints of sender_memory_bytes (Hou §3.2)",
      together(trial -> trial.mean(Checkpoints.SENDER_MEMORY_BYTES))),
  SENDER_MEMORY_MAX_BYTES(
      Unit.BYTES,
      "The largest sender_memory_bytes of a checkpoint",
      together(trial -> quantile(1, trial.each(Checkpoints.SENDER_MEMORY_BYTES)))),
  SENDER_MEMORY_BYTES_PER_PAGE(
      Unit.BYTES_PER_PAGE,
      "Mean of sender_memory_bytes over the checkpoints / mean number of pages in a checkpoint",
      together(
          trial ->
              Trial.quotient(
                  trial.mean(Checkpoints.SENDER_MEMORY_BYTES),
                  trial.perCheckpoint(Checkpoints.DIRTY_PAGES)))),
  RECEIVER_MEMORY_BYTES(
      Unit.BYTES,
      "Mean over the checkpoints of receiver_memory_bytes (Hou §3.2)",
      together(trial -> trial.mean(Checkpoints.RECEIVER_MEMORY_BYTES))),
  TRANSFER_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of transfer_ns (Hou §3.2, Figure 5)",
      together(trial -> trial.mean(Checkpoints.TRANSFER_NS))),
  TRANSFER_P50_NS(
      Unit.NANOSECONDS,
      "Median over a trial's checkpoints of transfer_ns",
      together(trial -> quantile(0.5, trial.each(Checkpoints.TRANSFER_NS)))),
  TRANSFER_P99_NS(
      Unit.NANOSECONDS,
      "99th percentile over a trial's checkpoints of transfer_ns, interpolated linearly",
      together(trial -> quantile(0.99, trial.each(Checkpoints.TRANSFER_NS)))),
  PROCESSING_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of processing_ns (Hou §3.2)",
      together(trial -> trial.mean(Checkpoints.PROCESSING_NS))),
  SENDING_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of sending_ns (Hou §3.2)",
      together(trial -> trial.mean(Checkpoints.SENDING_NS))),
  ELAPSED_INTERVAL_NS(
      Unit.NANOSECONDS,
      "Mean of elapsed_interval_ns over the checkpoints that have it",
      together(trial -> trial.mean(Checkpoints.ELAPSED_INTERVAL_NS))),
  STORE_WRITE_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of store_write_ns: the dump time of criu and criu-naive",
      together(trial -> trial.mean(Checkpoints.STORE_WRITE_NS))),
  STORE_BYTES(
      Unit.BYTES,
      "store_bytes, base included: what the store took at the end of the trial",
      together(trial -> trial.atTheEnd(RunRow.Store::storeBytes))),
  STORE_PEAK_BYTES(
      Unit.BYTES,
      "store_peak_bytes, base included: the most that the store took in the trial",
      together(trial -> trial.atTheEnd(RunRow.Store::storePeakBytes))),
  RECOVERY_NS(
      Unit.NANOSECONDS,
      "recovery_ns: time to rebuild all images from the store alone, the restore time of criu and"
          + " criu-naive",
      together(trial -> trial.atTheEnd(RunRow.Store::recoveryNs))),
  LATE_SHARE(
      Unit.SHARE_OF_TIME,
      "Share of the checkpoints whose ACK was late",
      together(Trial::lateShare)),
  PROCESSING_SHARE(
      Unit.SHARE_OF_TIME,
      "Sum of processing_ns / sum of transfer_ns",
      together(trial -> trial.ratio(Checkpoints.PROCESSING_NS, Checkpoints.TRANSFER_NS))),
  TRANSFER_INTERVALS(
      Unit.INTERVALS,
      "Mean over the checkpoints of transfer_ns / configured interval: above 1 the frequency is not"
          + " achieved (Hou §3.2)",
      together(trial -> trial.mean(Checkpoints.TRANSFER_NS) * (1.0 / trial.intervalNs))),
  CACHE_HIT_RATE(
      Unit.RATIO,
      "Sum of cache_hits / sum of cache_hits and cache_misses",
      trial -> trial.share(Checkpoints.CACHE_HITS, Checkpoints.CACHE_MISSES)),
  XBZRLE_CACHE_MISS_RATE(
      Unit.RATIO,
      "QEMU's cache-miss-rate over all rounds: cache_misses / pages sent, which unchanged and"
          + " excluded pages are not. Available with XBZRLE",
      Measure::xbzrleMissRate),
  XBZRLE_ENCODING_RATE(
      Unit.RATIO,
      "QEMU's encoding-rate over all rounds: page_bytes * cache_hits / xbzrle_bytes, 0 if there are"
          + " no bytes",
      Measure::xbzrleEncodingRate),
  INTRA_DUPLICATE_SHARE(
      Unit.RATIO,
      "Share of the chunks that are duplicates of a chunk of the same VM",
      trial ->
          trial.share(
              Checkpoints.DUPLICATE_CHUNKS_INTRA,
              Checkpoints.DUPLICATE_CHUNKS_INTER,
              Checkpoints.UNIQUE_CHUNKS)),
  INTER_DUPLICATE_SHARE(
      Unit.RATIO,
      "Share of the chunks that are duplicates of a chunk of another VM",
      trial ->
          trial.share(
              Checkpoints.DUPLICATE_CHUNKS_INTER,
              Checkpoints.DUPLICATE_CHUNKS_INTRA,
              Checkpoints.UNIQUE_CHUNKS)),
  ZERO_PAGE_SHARE(
      Unit.RATIO,
      "Sum of zero_pages / sum of dirty_pages",
      trial -> trial.ratio(Checkpoints.ZERO_PAGES, Checkpoints.DIRTY_PAGES)),
  EXCLUDED_PAGE_SHARE(
      Unit.RATIO,
      "Sum of excluded_pages / sum of dirty_pages",
      trial -> trial.ratio(Checkpoints.EXCLUDED_PAGES, Checkpoints.DIRTY_PAGES)),
  FULL_RAW_BYTES(
      Unit.BYTES, "raw_bytes of the full checkpoint", trial -> trial.full(Checkpoints.RAW_BYTES)),
  FULL_PAYLOAD_BYTES(
      Unit.BYTES,
      "payload_bytes of the full checkpoint (Liu Figure 2)",
      trial -> trial.full(Checkpoints.PAYLOAD_BYTES)),
  FULL_SENDER_CPU_NS(
      Unit.NANOSECONDS,
      "sender_cpu_ns of the full checkpoint, of all VMs together",
      together(trial -> trial.full(Checkpoints.SENDER_CPU_NS))),
  FULL_TRANSFER_NS(
      Unit.NANOSECONDS,
      "transfer_ns of the full checkpoint, of all VMs together",
      together(trial -> trial.sharedFull(Checkpoints.TRANSFER_NS)));

  private final Unit unit;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // every function here is without state
  private final ToDoubleFunction<Trial> ofTrial;

  Measure(Unit unit, String meaning, ToDoubleFunction<Trial> ofTrial) {
    this.unit = unit;
    this.meaning = meaning;
    this.ofTrial = ofTrial;
  }

  public String meaning() {
    return meaning;
  }

  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  Unit unit() {
    return unit;
  }

  /** Whether it is of a clock, so that trials differ; what is counted is the same in each. */
  public boolean timed() {
    return unit.timed;
  }

  /** Whether waiting for a processor makes it larger, and nothing that waits makes it smaller. */
  boolean lengthened() {
    return this == TRANSFER_NS || this == TRANSFER_INTERVALS;
  }

  /** Its value in a trial; NaN if it is not available. */
  double of(Trial trial) {
    return ofTrial.applyAsDouble(trial);
  }

  /** Of all VMs together alone: what they share, such as CPU time, is of none of them. */
  private static ToDoubleFunction<Trial> together(ToDoubleFunction<Trial> value) {
    return trial -> trial.coversAllVms ? value.applyAsDouble(trial) : Double.NaN;
  }

  private static double quantile(double p, double[] values) {
    return values.length == 0 ? Double.NaN : Statistics.quantile(p, values);
  }

  private static double hitPayload(Trial trial) {
    double misses = trial.sum(Checkpoints.CACHE_MISSES);
    boolean missesWentWhole =
        trial.sum(Checkpoints.WHOLE_PAGES) == misses + trial.sum(Checkpoints.OVERFLOWS);
    return missesWentWhole
        ? Trial.quotient(
            trial.sum(Checkpoints.PAYLOAD_BYTES) - pageBytes(trial) * misses,
            trial.sum(Checkpoints.CACHE_HITS))
        : Double.NaN;
  }

  private static double pageBytes(Trial trial) {
    return trial.ratio(Checkpoints.RAW_BYTES, Checkpoints.DIRTY_PAGES);
  }

  private static double xbzrleMissRate(Trial trial) {
    double excluded = trial.sum(Checkpoints.EXCLUDED_PAGES);
    double sent =
        trial.sum(Checkpoints.DIRTY_PAGES)
            - trial.sum(Checkpoints.UNCHANGED_PAGES)
            - (Double.isNaN(excluded) ? 0 : excluded);
    return Double.isNaN(trial.sum(Checkpoints.XBZRLE_BYTES))
        ? Double.NaN
        : Trial.quotient(trial.sum(Checkpoints.CACHE_MISSES), sent);
  }

  private static double xbzrleEncodingRate(Trial trial) {
    double hits = trial.sum(Checkpoints.CACHE_HITS);
    double bytes = trial.sum(Checkpoints.XBZRLE_BYTES);
    return bytes == 0 && !Double.isNaN(hits) ? 0 : pageBytes(trial) * hits / bytes;
  }

  enum Unit {
    BITS_PER_SECOND("bits per second", false),
    BYTES("bytes", false),
    BYTES_PER_PAGE("bytes per page", false),
    INTERVALS("intervals", true),
    NANOSECONDS("nanoseconds", true),
    NANOSECONDS_PER_CHECKPOINT("nanoseconds per checkpoint", true),
    NANOSECONDS_PER_PAGE("nanoseconds per page", true),
    PAGES("pages", false),
    RATIO("ratio", false),
    SHARE_OF_TIME("ratio", true);

    private final String text;
    private final boolean timed;

    Unit(String text, boolean timed) {
      this.text = text;
      this.timed = timed;
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
