package emulha.experiments.advise;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import emulha.analysis.measures.Estimate;
import emulha.traces.views.SampledSeries.Stretch;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which compression method to take under limits (Hou §5.5). {@link Adviser} makes it, {@link
 * AdviceFiles} writes it. Immutable.
 *
 * @param of what it was advised from
 * @param limits what a method may take
 * @param prefer what is looked for within the limits
 * @param advised the method to take; null if none keeps within the limits
 * @param choices for each stretch, the method that it alone would lead to; null if none
 * @param cache the delta cache that suffices
 * @param candidates every method tried, that of the least traffic first
 */
public record Advice(
    @JsonUnwrapped Sampled of,
    Limits limits,
    Prefer prefer,
    @Nullable String advised,
    List<@Nullable String> choices,
    DeltaCache cache,
    List<Candidate> candidates) {
  /**
   * What was sampled.
   *
   * @param traces names of the series, joined by +
   * @param intervalNs checkpointing interval in nanoseconds
   * @param pageBytes size of a page
   * @param checkpoints of the whole recording
   * @param stretches the sample
   */
  public record Sampled(
      String traces, long intervalNs, int pageBytes, long checkpoints, List<Stretch> stretches) {}

  /** What is looked for among the methods that keep within the limits. */
  public enum Prefer {
    /** The least traffic; where that hardly differs, the shortest transfers. */
    TRAFFIC,
    /** The shortest transfers; where they hardly differ, the least traffic. */
    TIME
  }

  /** What may exclude a method. */
  public enum Limit {
    /** The sender's CPU time. */
    CPU,
    /** The sender's memory. */
    MEMORY,
    /** The transfer time, which has to fit into the interval. */
    INTERVAL
  }

  /**
   * What a method does in the sample. Intervals are from the stretch with the least to that with
   * the most.
   *
   * @param method the method
   * @param exceeds by limit that it does not keep, how many times as much it takes; empty if it
   *     keeps all
   */
  public record Candidate(
      String method,
      @JsonUnwrapped Traffic traffic,
      @JsonUnwrapped Cost cost,
      Map<Limit, Double> exceeds) {
    /** Whether it keeps all limits. */
    @JsonIgnore
    public boolean fits() {
      return exceeds.isEmpty();
    }

    /** By how much it exceeds the limit that it exceeds most; 1 or less if none. */
    double worst() {
      return exceeds.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
    }
  }

  /**
   * What a method sends.
   *
   * @param reduction 1 - wire bytes / raw bytes
   * @param transferNs mean transfer time on the link
   * @param transferMeasured whether that was measured over the link; if not, it is predicted
   * @param lateShare share of the checkpoints whose transfer would outlast the interval
   */
  public record Traffic(
      Estimate reduction, Estimate transferNs, boolean transferMeasured, Estimate lateShare) {}

  /**
   * What a method takes.
   *
   * @param senderCpuShare sender's CPU time / interval
   * @param receiverCpuShare the same of the receiver
   * @param senderMemoryBytes the sender's memory at its largest
   * @param receiverMemoryBytes the same of the receiver
   */
  public record Cost(
      Estimate senderCpuShare,
      Estimate receiverCpuShare,
      long senderMemoryBytes,
      long receiverMemoryBytes) {}

  /** The method to take, with what it does; empty if none keeps within the limits. */
  @JsonIgnore
  public Optional<Candidate> advisedCandidate() {
    return candidates.stream().filter(candidate -> candidate.method().equals(advised)).findFirst();
  }

  /** The method that exceeds the limits least. */
  @JsonIgnore
  public Candidate nearest() {
    return candidates.stream().min(Comparator.comparingDouble(Candidate::worst)).orElseThrow();
  }

  /** Whether each stretch alone would lead to the same advice. */
  @JsonIgnore
  public boolean stretchesAgree() {
    return advised != null && choices.stream().allMatch(advised::equals);
  }
}
