package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What figures and claims are made of: a number per trial, computed from its incremental
 * checkpoints alone (Hou §3.2: the first, full checkpoint stands apart).
 */
public enum Measure {
  /** Ratio of the sums, the only definition of it. */
  TRAFFIC_REDUCTION(
      Unit.RATIO,
      "1 - sum of payload_bytes / sum of raw_bytes: each byte weighs the same (Hou §3.2: average"
          + " traffic reduction)",
      trial -> oneMinus(trial.ratio(Checkpoints.PAYLOAD_BYTES, Checkpoints.RAW_BYTES))),
  /** Ratio of the sums, on the wire. */
  WIRE_TRAFFIC_REDUCTION(
      Unit.RATIO,
      "1 - sum of wire_bytes / sum of raw_bytes: page numbers, flags and frames are paid for",
      trial -> oneMinus(trial.ratio(Checkpoints.WIRE_BYTES, Checkpoints.RAW_BYTES))),
  /** Size of a checkpoint. */
  CHECKPOINT_BYTES(
      Unit.BYTES,
      "Mean raw_bytes of a checkpoint, of all VMs together (Hou Table 2)",
      trial -> per(trial, Checkpoints.RAW_BYTES)),
  /** Pages of a checkpoint. */
  DIRTY_PAGES(
      Unit.PAGES,
      "Mean number of pages in a checkpoint, of all VMs together",
      trial -> per(trial, Checkpoints.DIRTY_PAGES)),
  /** Total traffic. */
  TRAFFIC_BYTES(
      Unit.BYTES,
      "Sum of payload_bytes over a trial's checkpoints (Hou Figure 1)",
      trial -> number(trial.sum(Checkpoints.PAYLOAD_BYTES))),
  /** Needed bandwidth. */
  BANDWIDTH_BITS_PER_SECOND(
      Unit.BITS_PER_SECOND,
      "Sum of payload_bytes * 8 / (checkpoints * configured interval): what a link must carry to"
          + " keep the configured frequency (Hou Figure 1)",
      trial -> scaled(per(trial, Checkpoints.PAYLOAD_BYTES), 8 * 1e9 / trial.intervalNs())),
  /** Average content sent for a page. */
  PAYLOAD_BYTES_PER_PAGE(
      Unit.BYTES_PER_PAGE,
      "Sum of payload_bytes / sum of dirty_pages (Fernando Table 2)",
      trial -> trial.ratio(Checkpoints.PAYLOAD_BYTES, Checkpoints.DIRTY_PAGES)),
  /** Average content sent for a page with an older version. */
  HIT_PAYLOAD_BYTES_PER_PAGE(
      Unit.BYTES_PER_PAGE,
      "Payload of the pages that had an older version / their number: (payload_bytes - page_bytes *"
          + " cache_misses) / cache_hits (Fernando Table 1). Available where every miss went whole",
      Measure::hitPayload),
  /** CPU per page of the sender. */
  SENDER_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of sender_cpu_ns / sum of dirty_pages, of all VMs together (Hou §3.2)",
      trial -> trial.sharedRatio(Checkpoints.SENDER_CPU_NS, Checkpoints.DIRTY_PAGES)),
  /** CPU per page of the receiver. */
  RECEIVER_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of receiver_cpu_ns / sum of dirty_pages, of all VMs together (Hou §3.2)",
      trial -> trial.sharedRatio(Checkpoints.RECEIVER_CPU_NS, Checkpoints.DIRTY_PAGES)),
  /** CPU time of the sender per page that is the method's own. */
  SENDER_CODEC_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of sender_codec_cpu_ns / sum of dirty_pages, of all VMs together",
      trial -> trial.sharedRatio(Checkpoints.SENDER_CODEC_CPU_NS, Checkpoints.DIRTY_PAGES)),
  /** CPU time of the receiver per page that is the method's own. */
  RECEIVER_CODEC_CPU_NS_PER_PAGE(
      Unit.NANOSECONDS_PER_PAGE,
      "Sum of receiver_codec_cpu_ns / sum of dirty_pages, of all VMs together",
      trial -> trial.sharedRatio(Checkpoints.RECEIVER_CODEC_CPU_NS, Checkpoints.DIRTY_PAGES)),
  /** CPU per checkpoint of the sender. */
  SENDER_CPU_NS_PER_CHECKPOINT(
      Unit.NANOSECONDS_PER_CHECKPOINT,
      "Sum of sender_cpu_ns / checkpoints, of all VMs together",
      trial ->
          trial.coversAllVms() ? per(trial, Checkpoints.SENDER_CPU_NS) : OptionalDouble.empty()),
  /** Memory of the sender. */
  SENDER_MEMORY_BYTES(
      Unit.BYTES,
      "Mean over the checkpoints of sender_memory_bytes (Hou §3.2)",
      trial -> mean(trial.shared(Checkpoints.SENDER_MEMORY_BYTES))),
  /** The most memory of the sender. */
  SENDER_MEMORY_MAX_BYTES(
      Unit.BYTES,
      "The largest sender_memory_bytes of a checkpoint",
      trial -> largest(trial.shared(Checkpoints.SENDER_MEMORY_BYTES))),
  /** Memory of the sender for a page. */
  SENDER_MEMORY_BYTES_PER_PAGE(
      Unit.BYTES_PER_PAGE,
      "Mean of sender_memory_bytes over the checkpoints / mean number of pages in a checkpoint",
      trial ->
          quotient(
              mean(trial.shared(Checkpoints.SENDER_MEMORY_BYTES)),
              per(trial, Checkpoints.DIRTY_PAGES))),
  /** Memory of the receiver. */
  RECEIVER_MEMORY_BYTES(
      Unit.BYTES,
      "Mean over the checkpoints of receiver_memory_bytes (Hou §3.2)",
      trial -> mean(trial.shared(Checkpoints.RECEIVER_MEMORY_BYTES))),
  /** Transfer time. */
  TRANSFER_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of transfer_ns (Hou §3.2, Figure 5)",
      trial -> mean(trial.shared(Checkpoints.TRANSFER_NS))),
  /** Median transfer time. */
  TRANSFER_P50_NS(
      Unit.NANOSECONDS,
      "Median over a trial's checkpoints of transfer_ns",
      trial -> quantile(0.5, trial.shared(Checkpoints.TRANSFER_NS))),
  /** Tail of the transfer time. */
  TRANSFER_P99_NS(
      Unit.NANOSECONDS,
      "99th percentile over a trial's checkpoints of transfer_ns, interpolated linearly",
      trial -> quantile(0.99, trial.shared(Checkpoints.TRANSFER_NS))),
  /** Processing time. */
  PROCESSING_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of processing_ns (Hou §3.2)",
      trial -> mean(trial.shared(Checkpoints.PROCESSING_NS))),
  /** Sending time. */
  SENDING_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of sending_ns (Hou §3.2)",
      trial -> mean(trial.shared(Checkpoints.SENDING_NS))),
  /** Interval achieved. */
  ELAPSED_INTERVAL_NS(
      Unit.NANOSECONDS,
      "Mean of elapsed_interval_ns over the checkpoints that have it",
      trial -> mean(trial.shared(Checkpoints.ELAPSED_INTERVAL_NS))),
  /** Time to store a checkpoint. */
  STORE_WRITE_NS(
      Unit.NANOSECONDS,
      "Mean over the checkpoints of store_write_ns: the dump time of criu and criu-naive",
      trial -> mean(trial.shared(Checkpoints.STORE_WRITE_NS))),
  /** What the store took. */
  STORE_BYTES(
      Unit.BYTES,
      "store_bytes, base included: what the store took at the end of the trial",
      trial -> number(trial.atTheEnd(RunRow.Store::storeBytes))),
  /** The most that the store took. */
  STORE_PEAK_BYTES(
      Unit.BYTES,
      "store_peak_bytes, base included: the most that the store took in the trial",
      trial -> number(trial.atTheEnd(RunRow.Store::storePeakBytes))),
  /** Time to recover from the store. */
  RECOVERY_NS(
      Unit.NANOSECONDS,
      "recovery_ns: time to rebuild all images from the store alone, the restore time of criu and"
          + " criu-naive",
      trial -> number(trial.atTheEnd(RunRow.Store::recoveryNs))),
  /** Late checkpoints. */
  LATE_SHARE(Unit.SHARE_OF_TIME, "Share of the checkpoints whose ACK was late", Trial::lateShare),
  /** Share of the transfer time spent processing. */
  PROCESSING_SHARE(
      Unit.SHARE_OF_TIME,
      "Sum of processing_ns / sum of transfer_ns",
      trial -> trial.sharedRatio(Checkpoints.PROCESSING_NS, Checkpoints.TRANSFER_NS)),
  /** Transfer time in intervals. */
  TRANSFER_INTERVALS(
      Unit.INTERVALS,
      "Mean over the checkpoints of transfer_ns / configured interval: above 1 the frequency is not"
          + " achieved (Hou §3.2)",
      trial -> scaled(mean(trial.shared(Checkpoints.TRANSFER_NS)), 1.0 / trial.intervalNs())),
  /** Hit rate of the delta cache. */
  CACHE_HIT_RATE(
      Unit.RATIO,
      "Sum of cache_hits / sum of cache_hits and cache_misses",
      trial -> share(trial, Checkpoints.CACHE_HITS, Checkpoints.CACHE_MISSES)),
  /** Miss rate as QEMU gives it. */
  XBZRLE_CACHE_MISS_RATE(
      Unit.RATIO,
      "QEMU's cache-miss-rate over all rounds: cache_misses / pages sent, which unchanged and"
          + " excluded pages are not. Available with XBZRLE",
      Measure::xbzrleMissRate),
  /** Encoding rate as QEMU gives it. */
  XBZRLE_ENCODING_RATE(
      Unit.RATIO,
      "QEMU's encoding-rate over all rounds: page_bytes * cache_hits / xbzrle_bytes, 0 if there are"
          + " no bytes",
      Measure::xbzrleEncodingRate),
  /** Duplicates within a VM. */
  INTRA_DUPLICATE_SHARE(
      Unit.RATIO,
      "Share of the chunks that are duplicates of a chunk of the same VM",
      trial ->
          share(
              trial,
              Checkpoints.DUPLICATE_CHUNKS_INTRA,
              Checkpoints.DUPLICATE_CHUNKS_INTER,
              Checkpoints.UNIQUE_CHUNKS)),
  /** Duplicates across VMs. */
  INTER_DUPLICATE_SHARE(
      Unit.RATIO,
      "Share of the chunks that are duplicates of a chunk of another VM",
      trial ->
          share(
              trial,
              Checkpoints.DUPLICATE_CHUNKS_INTER,
              Checkpoints.DUPLICATE_CHUNKS_INTRA,
              Checkpoints.UNIQUE_CHUNKS)),
  /** Zero pages. */
  ZERO_PAGE_SHARE(
      Unit.RATIO,
      "Sum of zero_pages / sum of dirty_pages",
      trial -> trial.ratio(Checkpoints.ZERO_PAGES, Checkpoints.DIRTY_PAGES)),
  /** Free pages. */
  EXCLUDED_PAGE_SHARE(
      Unit.RATIO,
      "Sum of excluded_pages / sum of dirty_pages",
      trial -> trial.ratio(Checkpoints.EXCLUDED_PAGES, Checkpoints.DIRTY_PAGES)),
  /** Size of the full checkpoint. */
  FULL_RAW_BYTES(
      Unit.BYTES,
      "raw_bytes of the full checkpoint",
      trial -> number(trial.full(Checkpoints.RAW_BYTES))),
  /** What was sent of the full checkpoint. */
  FULL_PAYLOAD_BYTES(
      Unit.BYTES,
      "payload_bytes of the full checkpoint (Liu Figure 2)",
      trial -> number(trial.full(Checkpoints.PAYLOAD_BYTES))),
  /** CPU for the full checkpoint. */
  FULL_SENDER_CPU_NS(
      Unit.NANOSECONDS,
      "sender_cpu_ns of the full checkpoint, of all VMs together",
      trial ->
          trial.coversAllVms()
              ? number(trial.full(Checkpoints.SENDER_CPU_NS))
              : OptionalDouble.empty()),
  /** Time for the full checkpoint. */
  FULL_TRANSFER_NS(
      Unit.NANOSECONDS,
      "transfer_ns of the full checkpoint, of all VMs together",
      trial -> number(trial.sharedFull(Checkpoints.TRANSFER_NS)));

  private final Unit unit;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // every function here is without state
  private final Function<Trial, OptionalDouble> ofTrial;

  Measure(Unit unit, String meaning, Function<Trial, OptionalDouble> ofTrial) {
    this.unit = unit;
    this.meaning = meaning;
    this.ofTrial = ofTrial;
  }

  /** Exact meaning. */
  public String meaning() {
    return meaning;
  }

  /** Name of the column that holds it. */
  public String column() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What its values are in. */
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

  OptionalDouble of(Trial trial) {
    return ofTrial.apply(trial);
  }

  private static OptionalDouble largest(double[] values) {
    return Arrays.stream(values).max();
  }

  private static OptionalDouble quotient(OptionalDouble a, OptionalDouble b) {
    return a.isEmpty() || b.isEmpty() || b.getAsDouble() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(a.getAsDouble() / b.getAsDouble());
  }

  private static OptionalDouble number(OptionalLong value) {
    return value.isPresent()
        ? OptionalDouble.of((double) value.getAsLong())
        : OptionalDouble.empty();
  }

  private static OptionalDouble hitPayload(Trial trial) {
    OptionalLong payload = trial.sum(Checkpoints.PAYLOAD_BYTES);
    OptionalLong hits = trial.sum(Checkpoints.CACHE_HITS);
    OptionalLong misses = trial.sum(Checkpoints.CACHE_MISSES);
    OptionalLong overflows = trial.sum(Checkpoints.OVERFLOWS);
    OptionalLong whole = trial.sum(Checkpoints.WHOLE_PAGES);
    if (Stream.of(payload, hits, misses, overflows, whole).anyMatch(OptionalLong::isEmpty)
        || hits.getAsLong() == 0
        || whole.getAsLong() != misses.getAsLong() + overflows.getAsLong()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        (double) (payload.getAsLong() - pageBytes(trial) * misses.getAsLong()) / hits.getAsLong());
  }

  /** Of a trial with pages. */
  private static long pageBytes(Trial trial) {
    return trial.sum(Checkpoints.RAW_BYTES).orElseThrow()
        / trial.sum(Checkpoints.DIRTY_PAGES).orElseThrow();
  }

  private static OptionalDouble xbzrleMissRate(Trial trial) {
    OptionalLong misses = trial.sum(Checkpoints.CACHE_MISSES);
    OptionalLong dirty = trial.sum(Checkpoints.DIRTY_PAGES);
    OptionalLong unchanged = trial.sum(Checkpoints.UNCHANGED_PAGES);
    OptionalLong bytes = trial.sum(Checkpoints.XBZRLE_BYTES);
    if (Stream.of(misses, dirty, unchanged, bytes).anyMatch(OptionalLong::isEmpty)) {
      return OptionalDouble.empty();
    }
    long sent =
        dirty.getAsLong() - unchanged.getAsLong() - trial.sum(Checkpoints.EXCLUDED_PAGES).orElse(0);
    return sent == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) misses.getAsLong() / sent);
  }

  private static OptionalDouble xbzrleEncodingRate(Trial trial) {
    OptionalLong hits = trial.sum(Checkpoints.CACHE_HITS);
    OptionalLong bytes = trial.sum(Checkpoints.XBZRLE_BYTES);
    if (hits.isEmpty() || bytes.isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        bytes.getAsLong() == 0
            ? 0
            : (double) pageBytes(trial) * hits.getAsLong() / bytes.getAsLong());
  }

  private static OptionalDouble oneMinus(OptionalDouble ratio) {
    return ratio.isPresent() ? OptionalDouble.of(1 - ratio.getAsDouble()) : ratio;
  }

  private static OptionalDouble scaled(OptionalDouble value, double factor) {
    return value.isPresent() ? OptionalDouble.of(value.getAsDouble() * factor) : value;
  }

  private static OptionalDouble per(Trial trial, Checkpoints column) {
    return trial.sum(column).isPresent()
        ? OptionalDouble.of((double) trial.sum(column).getAsLong() / trial.checkpoints())
        : OptionalDouble.empty();
  }

  private static OptionalDouble mean(double[] values) {
    return Arrays.stream(values).average();
  }

  private static OptionalDouble quantile(double p, double[] values) {
    return values.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Statistics.quantile(p, values));
  }

  private static OptionalDouble share(Trial trial, Checkpoints part, Checkpoints... others) {
    var sum = trial.sum(part);
    if (sum.isEmpty()) {
      return OptionalDouble.empty();
    }
    long all = sum.getAsLong();
    for (Checkpoints other : others) {
      if (trial.sum(other).isEmpty()) {
        return OptionalDouble.empty();
      }
      all += trial.sum(other).getAsLong();
    }
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) sum.getAsLong() / all);
  }

  /** Units of measures. */
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
