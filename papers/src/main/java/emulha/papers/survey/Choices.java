package emulha.papers.survey;

import emulha.analysis.measures.Checkpoints;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Groups;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Summary;
import emulha.experiments.advise.Advice;
import emulha.experiments.advise.Adviser;
import emulha.experiments.advise.Limits;
import emulha.traces.views.SampledSeries;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/**
 * Which method would transfer checkpoints in the shortest time, by recording, interval and link,
 * and what it costs to have taken another. Times are those that {@link
 * emulha.analysis.measures.LinkModel} makes of replays without limit; its error is common to all
 * methods and not in their intervals.
 */
final class Choices {
  /** The links surveyed, in bits per second. */
  static final List<Long> LINKS =
      List.of(1_000_000_000L, 10_000_000_000L, 25_000_000_000L, 100_000_000_000L);

  /** The part of a recording that the adviser sees. */
  private static final int ONE_OF = 10;

  private Choices() {}

  /**
   * Recordings protected together, at an interval.
   *
   * @param traces their names, joined by +
   */
  record Workload(String traces, long intervalNs) {
    static Workload of(Summary summary) {
      return new Workload(summary.setting().traces(), summary.setting().intervalNs());
    }
  }

  /**
   * The methods for a workload and a link.
   *
   * @param methods by transfer time, the shortest first; at least one
   * @param advised what the adviser takes who has seen the first tenth of the checkpoints; empty if
   *     no method seems to keep the interval
   */
  record Choice(
      Workload workload, long linkBitsPerSecond, List<Summary> methods, Optional<String> advised) {
    Summary best() {
      return methods.getFirst();
    }

    /** Methods that nothing tells apart from the best. */
    List<String> ties() {
      return methods.stream()
          .skip(1)
          .filter(method -> !certainlySlower(method))
          .map(Summary::method)
          .toList();
    }

    /** Whether a method takes longer than the best, whatever is left to chance. */
    boolean certainlySlower(Summary method) {
      Estimate its = transferNs(method);
      Estimate least = transferNs(best());
      return its.decides() && least.decides() && its.low() > least.high();
    }

    /** How much longer a method's transfers take than the best's: 0.5 is half as long again. */
    double regret(Summary method) {
      return transferNs(method).value() / transferNs(best()).value() - 1;
    }

    /** The same of the method of a name, if it was replayed. */
    Optional<Double> regret(String method) {
      return methods.stream()
          .filter(one -> one.setting().method().equals(method))
          .map(this::regret)
          .findFirst();
    }

    /** Checkpoints per second that the best achieves, or another. */
    double achievedHertz(Summary method) {
      return 1e9 / Math.max((double) workload.intervalNs(), transferNs(method).value());
    }
  }

  static Estimate transferNs(Summary summary) {
    return summary.get(Measure.TRANSFER_NS).orElseThrow();
  }

  /** What whole sets would be over each of the links. */
  static List<Summary> modelled(Evidence evidence) {
    return LINKS.stream().flatMap(link -> evidence.modelledOver(link).stream()).toList();
  }

  /**
   * All choices that replays were made for, by link, then by workload.
   *
   * @param modelled what {@link #modelled} makes of the evidence
   */
  static List<Choice> of(Evidence evidence, List<Summary> modelled) {
    Map<Workload, Results> replays = new LinkedHashMap<>();
    List<Choice> choices = new ArrayList<>();
    for (long link : LINKS) {
      List<Summary> over = modelled.stream().filter(s -> s.setting().over(link)).toList();
      Groups.by(Workload::of, over)
          .forEach(
              (workload, all) -> {
                // Of each method the summary of the most trials, in the order of their names.
                Map<String, Summary> methods =
                    all.stream()
                        .collect(
                            Collectors.toMap(
                                one -> one.setting().method(),
                                one -> one,
                                BinaryOperator.maxBy(Comparator.comparingInt(Summary::trials)),
                                TreeMap::new));
                choices.add(
                    new Choice(
                        workload,
                        link,
                        methods.values().stream()
                            .sorted(Comparator.comparingDouble(one -> transferNs(one).value()))
                            .toList(),
                        advised(
                            replays.computeIfAbsent(workload, w -> replays(evidence, w)), link)));
              });
    }
    return choices;
  }

  private static Results replays(Evidence evidence, Workload workload) {
    return evidence
        .results()
        .overNetworkAsItIs()
        .where(
            run ->
                run.row().key().traces().equals(workload.traces())
                    && run.row().setting().intervalNs() == workload.intervalNs());
  }

  private static Optional<String> advised(Results replays, long link) {
    int last = (int) Checkpoints.CHECKPOINT.longs(replays.checkpoints()).max();
    var begin = new SampledSeries.Stretch(0, 1 + last / ONE_OF);
    return Adviser.choice(
        replays,
        List.of(begin),
        new Limits(link, Double.MAX_VALUE, Long.MAX_VALUE),
        Advice.Prefer.TIME);
  }
}
