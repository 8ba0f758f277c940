package emulha.analysis.measures;


import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What figures and claims are made of: a number per trial, computed from its incremental
 * checkpoints alone (Hou §3.2: the first, full checkpoint stands apart).
 */
public enum Measure {
  /** Ratio of the sums, the only definition of it. */
  TRAFFIC_REDUCTION(
      "1 - sum of payload_bytes / sum of raw_bytes: each byte weighs the same (Hou §3.2: average"
          + " traffic reduction)",
      trial -> oneMinus(trial.ratio("payload_bytes", "raw_bytes"))),
  /** Ratio of the sums, on the wire. */
  WIRE_TRAFFIC_REDUCTION(
      "1 - sum of wire_bytes / sum of raw_bytes: page numbers, flags and frames are paid for",
      trial -> oneMinus(trial.ratio("wire_bytes", "raw_bytes"))),
  /** Size of a checkpoint. */
  CHECKPOINT_BYTES(
      "Mean raw_bytes of a checkpoint, of all VMs together (Hou Table 2)",
      trial -> per(trial, "raw_bytes")),
  /** Pages of a checkpoint. */
  DIRTY_PAGES(
      "Mean number of pages in a checkpoint, of all VMs together",
      trial -> per(trial, "dirty_pages")),
  /** Total traffic. */
  TRAFFIC_BYTES(
      "Sum of payload_bytes over a trial's checkpoints (Hou Figure 1)",
      trial -> number(trial.sum("payload_bytes"))),
  /** Needed bandwidth. */
  BANDWIDTH_BITS_PER_SECOND(
      "Sum of payload_bytes * 8 / (checkpoints * configured interval): what a link must carry to"
          + " keep the configured frequency (Hou Figure 1)",
      trial -> scaled(per(trial, "payload_bytes"), 8 * 1e9 / trial.intervalNs())),
  /** Average content sent for a page. */
  PAYLOAD_BYTES_PER_PAGE(
      "Sum of payload_bytes / sum of dirty_pages (Fernando Table 2)",
      trial -> trial.ratio("payload_bytes", "dirty_pages")),
  /** Average content sent for a page with an older version. */
  HIT_PAYLOAD_BYTES_PER_PAGE(
      "Payload of the pages that had an older version / their number: (payload_bytes - page_bytes *"
          + " cache_misses) / cache_hits (Fernando Table 1). Available where every miss went whole",
      Measure::hitPayload),
  /** CPU per page of the sender. */
  SENDER_CPU_NS_PER_PAGE(
      "Sum of sender_cpu_ns / sum of dirty_pages, of all VMs together (Hou §3.2)",
      trial -> trial.sharedRatio("sender_cpu_ns", "dirty_pages")),
  /** CPU per page of the receiver. */
  RECEIVER_CPU_NS_PER_PAGE(
      "Sum of receiver_cpu_ns / sum of dirty_pages, of all VMs together (Hou §3.2)",
      trial -> trial.sharedRatio("receiver_cpu_ns", "dirty_pages")),
  /** CPU time of the sender per page that is the method's own. */
  SENDER_CODEC_CPU_NS_PER_PAGE(
      "Sum of sender_codec_cpu_ns / sum of dirty_pages, of all VMs together",
      trial -> trial.sharedRatio("sender_codec_cpu_ns", "dirty_pages")),
  /** CPU time of the receiver per page that is the method's own. */
  RECEIVER_CODEC_CPU_NS_PER_PAGE(
      "Sum of receiver_codec_cpu_ns / sum of dirty_pages, of all VMs together",
      trial -> trial.sharedRatio("receiver_codec_cpu_ns", "dirty_pages")),
  /** CPU per checkpoint of the sender. */
  SENDER_CPU_NS_PER_CHECKPOINT(
      "Sum of sender_cpu_ns / checkpoints, of all VMs together",
      trial -> trial.coversAllVms() ? per(trial, "sender_cpu_ns") : OptionalDouble.empty()),
  /** Memory of the sender. */
  SENDER_MEMORY_BYTES(
      "Mean over the checkpoints of sender_memory_bytes (Hou §3.2)",
      trial -> mean(trial.shared("sender_memory_bytes"))),
  /** The most memory of the sender. */
  SENDER_MEMORY_MAX_BYTES(
      "The largest sender_memory_bytes of a checkpoint",
      trial -> largest(trial.shared("sender_memory_bytes"))),
  /** Memory of the sender for a page. */
  SENDER_MEMORY_BYTES_PER_PAGE(
      "Mean of sender_memory_bytes over the checkpoints / mean number of pages in a checkpoint",
      trial -> quotient(mean(trial.shared("sender_memory_bytes")), per(trial, "dirty_pages"))),
  /** Memory of the receiver. */
  RECEIVER_MEMORY_BYTES(
      "Mean over the checkpoints of receiver_memory_bytes (Hou §3.2)",
      trial -> mean(trial.shared("receiver_memory_bytes"))),
  /** Transfer time. */
  TRANSFER_NS(
      "Mean over the checkpoints of transfer_ns (Hou §3.2, Figure 5)",
      trial -> mean(trial.shared("transfer_ns"))),
  /** Median transfer time. */
  TRANSFER_P50_NS(
      "Median over a trial's checkpoints of transfer_ns",
      trial -> quantile(0.5, trial.shared("transfer_ns"))),
  /** Tail of the transfer time. */
  TRANSFER_P99_NS(
      "99th percentile over a trial's checkpoints of transfer_ns, interpolated linearly",
      trial -> quantile(0.99, trial.shared("transfer_ns"))),
  /** Processing time. */
  PROCESSING_NS(
      "Mean over the checkpoints of processing_ns (Hou §3.2)",
      trial -> mean(trial.shared("processing_ns"))),
  /** Sending time. */
  SENDING_NS(
      "Mean over the checkpoints of sending_ns (Hou §3.2)",
      trial -> mean(trial.shared("sending_ns"))),
  /** Interval achieved. */
  ELAPSED_INTERVAL_NS(
      "Mean of elapsed_interval_ns over the checkpoints that have it",
      trial -> mean(trial.shared("elapsed_interval_ns"))),
  /** Time to store a checkpoint. */
  STORE_WRITE_NS(
      "Mean over the checkpoints of store_write_ns: the dump time of criu and criu-naive",
      trial -> mean(trial.shared("store_write_ns"))),
  /** What the store took. */
  STORE_BYTES(
      "store_bytes, base included: what the store took at the end of the trial",
      trial -> number(trial.atTheEnd("store_bytes"))),
  /** The most that the store took. */
  STORE_PEAK_BYTES(
      "store_peak_bytes, base included: the most that the store took in the trial",
      trial -> number(trial.atTheEnd("store_peak_bytes"))),
  /** Time to recover from the store. */
  RECOVERY_NS(
      "recovery_ns: time to rebuild all images from the store alone, the restore time of criu and"
          + " criu-naive",
      trial -> number(trial.atTheEnd("recovery_ns"))),
  /** Late checkpoints. */
  LATE_SHARE("Share of the checkpoints whose ACK was late", Trial::lateShare),
  /** Share of the transfer time spent processing. */
  PROCESSING_SHARE(
      "Sum of processing_ns / sum of transfer_ns",
      trial -> trial.sharedRatio("processing_ns", "transfer_ns")),
  /** Transfer time in intervals. */
  TRANSFER_INTERVALS(
      "Mean over the checkpoints of transfer_ns / configured interval: above 1 the frequency is not"
          + " achieved (Hou §3.2)",
      trial -> scaled(mean(trial.shared("transfer_ns")), 1.0 / trial.intervalNs())),
  /** Hit rate of the delta cache. */
  CACHE_HIT_RATE(
      "Sum of cache_hits / sum of cache_hits and cache_misses",
      trial -> share(trial, "cache_hits", "cache_misses")),
  /** Miss rate as QEMU gives it. */
  XBZRLE_CACHE_MISS_RATE(
      "QEMU's cache-miss-rate over all rounds: cache_misses / pages sent, which unchanged and"
          + " excluded pages are not. Available with XBZRLE",
      Measure::xbzrleMissRate),
  /** Encoding rate as QEMU gives it. */
  XBZRLE_ENCODING_RATE(
      "QEMU's encoding-rate over all rounds: 4096 * cache_hits / xbzrle_bytes, 0 if there are no"
          + " bytes",
      Measure::xbzrleEncodingRate),
  /** Duplicates within a VM. */
  INTRA_DUPLICATE_SHARE(
      "Share of the chunks that are duplicates of a chunk of the same VM",
      trial -> share(trial, "duplicate_chunks_intra", "duplicate_chunks_inter", "unique_chunks")),
  /** Duplicates across VMs. */
  INTER_DUPLICATE_SHARE(
      "Share of the chunks that are duplicates of a chunk of another VM",
      trial -> share(trial, "duplicate_chunks_inter", "duplicate_chunks_intra", "unique_chunks")),
  /** Zero pages. */
  ZERO_PAGE_SHARE(
      "Sum of zero_pages / sum of dirty_pages", trial -> trial.ratio("zero_pages", "dirty_pages")),
  /** Free pages. */
  EXCLUDED_PAGE_SHARE(
      "Sum of excluded_pages / sum of dirty_pages",
      trial -> trial.ratio("excluded_pages", "dirty_pages")),
  /** Size of the full checkpoint. */
  FULL_RAW_BYTES("raw_bytes of the full checkpoint", trial -> number(trial.full("raw_bytes"))),
  /** What was sent of the full checkpoint. */
  FULL_PAYLOAD_BYTES(
      "payload_bytes of the full checkpoint (Liu Figure 2)",
      trial -> number(trial.full("payload_bytes"))),
  /** CPU for the full checkpoint. */
  FULL_SENDER_CPU_NS(
      "sender_cpu_ns of the full checkpoint", trial -> number(trial.full("sender_cpu_ns"))),
  /** Time for the full checkpoint. */
  FULL_TRANSFER_NS(
      "transfer_ns of the full checkpoint (of one VM)", trial -> number(trial.full("transfer_ns")));

  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // every function here is without state
  private final Function<Trial, OptionalDouble> ofTrial;

  Measure(String meaning, Function<Trial, OptionalDouble> ofTrial) {
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

  /** Whether it is of a clock, so that trials differ; what is counted is the same in each. */
  public boolean timed() {
    return switch (this) {
      case LATE_SHARE, PROCESSING_SHARE, TRANSFER_INTERVALS -> true;
      default -> column().contains("_ns");
    };
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
    OptionalLong payload = trial.sum("payload_bytes");
    OptionalLong hits = trial.sum("cache_hits");
    OptionalLong misses = trial.sum("cache_misses");
    OptionalLong overflows = trial.sum("overflows");
    OptionalLong whole = trial.sum("whole_pages");
    if (payload.isEmpty()
        || hits.isEmpty()
        || misses.isEmpty()
        || overflows.isEmpty()
        || whole.isEmpty()
        || hits.getAsLong() == 0
        || whole.getAsLong() != misses.getAsLong() + overflows.getAsLong()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        (double) (payload.getAsLong() - pageBytes(trial) * misses.getAsLong()) / hits.getAsLong());
  }

  /** Of a trial with pages. */
  private static long pageBytes(Trial trial) {
    return trial.sum("raw_bytes").orElseThrow() / trial.sum("dirty_pages").orElseThrow();
  }

  private static OptionalDouble xbzrleMissRate(Trial trial) {
    OptionalLong misses = trial.sum("cache_misses");
    OptionalLong dirty = trial.sum("dirty_pages");
    OptionalLong unchanged = trial.sum("unchanged_pages");
    if (trial.sum("xbzrle_bytes").isEmpty()
        || misses.isEmpty()
        || dirty.isEmpty()
        || unchanged.isEmpty()) {
      return OptionalDouble.empty();
    }
    long sent = dirty.getAsLong() - unchanged.getAsLong() - trial.sum("excluded_pages").orElse(0);
    return sent == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) misses.getAsLong() / sent);
  }

  private static OptionalDouble xbzrleEncodingRate(Trial trial) {
    OptionalLong hits = trial.sum("cache_hits");
    OptionalLong bytes = trial.sum("xbzrle_bytes");
    if (hits.isEmpty() || bytes.isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(
        bytes.getAsLong() == 0 ? 0 : 4096.0 * hits.getAsLong() / bytes.getAsLong());
  }

  private static OptionalDouble oneMinus(OptionalDouble ratio) {
    return ratio.isPresent() ? OptionalDouble.of(1 - ratio.getAsDouble()) : ratio;
  }

  private static OptionalDouble scaled(OptionalDouble value, double factor) {
    return value.isPresent() ? OptionalDouble.of(value.getAsDouble() * factor) : value;
  }

  private static OptionalDouble per(Trial trial, String column) {
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

  private static OptionalDouble share(Trial trial, String part, String... others) {
    var sum = trial.sum(part);
    if (sum.isEmpty()) {
      return OptionalDouble.empty();
    }
    long all = sum.getAsLong();
    for (String other : others) {
      if (trial.sum(other).isEmpty()) {
        return OptionalDouble.empty();
      }
      all += trial.sum(other).getAsLong();
    }
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) sum.getAsLong() / all);
  }
}
