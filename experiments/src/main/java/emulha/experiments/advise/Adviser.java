package emulha.experiments.advise;

import emulha.analysis.measures.Checkpoints;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.LinkModel;
import emulha.analysis.measures.Manifest;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Setting;
import emulha.analysis.measures.Summary;
import emulha.experiments.advise.Advice.Candidate;
import emulha.experiments.advise.Advice.Limit;
import emulha.experiments.advise.Advice.Prefer;
import emulha.experiments.advise.Advice.Stretch;
import emulha.metrics.MissRatioRow;
import emulha.metrics.columns.RowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.selection.Selection;

/**
 * Advises on a method from replays of a sample of a recording: stretches of consecutive
 * checkpoints. A pure function of the sample's files. Times on the link are those of {@link
 * LinkModel}, but measured ones for methods that were replayed over the link too, as {@linkplain
 * #finalists finalists} are; of these alone one is advised then.
 */
public final class Adviser {
  /** Of methods whose traffic differs by no more, as a share of the raw bytes, the faster. */
  private static final double EQUAL_REDUCTION = 0.01;

  /** Of methods whose transfer times differ by no more, the one of less traffic. */
  private static final double EQUAL_TIME = 0.02;

  /** How much longer than the shortest a predicted time may be, and be the shortest in truth. */
  private static final double UNCERTAIN_TIME = 0.5;

  /** The same in nanoseconds, where transfers are short. */
  private static final double UNCERTAIN_NS = 100_000;

  /** The most methods that are replayed over the link. */
  private static final int MOST_FINALISTS = 6;

  /** Name of the file of the recording's miss ratios. */
  static final String MISS_RATIO = "miss_ratio.csv";

  private Adviser() {}

  /**
   * What the manifest says of a sample.
   *
   * @param checkpoints of the whole recording
   * @param stretches the ends of each
   */
  private record Described(long checkpoints, List<List<Long>> stretches) {}

  /** What a method does in some of the sample's checkpoints. */
  private record MethodFigures(
      String method,
      double reduction,
      double transferNs,
      boolean transferMeasured,
      double lateShare,
      double senderCpuShare,
      double receiverCpuShare,
      double senderMemoryBytes) {
    /**
     * @param summary over the network as it is, with predicted times
     * @param overLinkNs the checkpoints' transfer times over the link; empty if the method was not
     *     replayed there
     */
    static MethodFigures of(Summary summary, Collection<Long> overLinkNs, long memoryBytes) {
      double intervalNs = summary.setting().intervalNs();
      double pages = value(summary, Measure.DIRTY_PAGES);
      return new MethodFigures(
          summary.setting().method(),
          value(summary, Measure.WIRE_TRAFFIC_REDUCTION),
          overLinkNs.stream()
              .mapToLong(Long::longValue)
              .average()
              .orElse(value(summary, Measure.TRANSFER_NS)),
          !overLinkNs.isEmpty(),
          overLinkNs.stream()
              .mapToDouble(ns -> ns > intervalNs ? 1 : 0)
              .average()
              .orElse(value(summary, Measure.LATE_SHARE)),
          value(summary, Measure.SENDER_CPU_NS_PER_CHECKPOINT) / intervalNs,
          value(summary, Measure.RECEIVER_CPU_NS_PER_PAGE) * pages / intervalNs,
          memoryBytes);
    }

    private static double value(Summary summary, Measure measure) {
      return summary.get(measure).map(Estimate::value).orElse(0.0);
    }

    Map<Limit, Double> exceeds(Limits limits, long intervalNs) {
      Map<Limit, Double> times = new EnumMap<>(Limit.class);
      times.put(Limit.CPU, senderCpuShare / limits.cpuShare());
      times.put(Limit.MEMORY, senderMemoryBytes / limits.memoryBytes());
      times.put(Limit.INTERVAL, transferNs / intervalNs);
      times.values().removeIf(ratio -> ratio <= 1);
      return times;
    }
  }

  /**
   * Advises from the files of a sample.
   *
   * @param in directory with {@code manifest.json}, which names the sample's stretches, {@code
   *     miss_ratio.csv}, and results of replays at pace asap, there or below: of all methods over
   *     the network as it is, and of some over an imitated link; only those over one of the limit's
   *     bandwidth count
   * @throws IOException if these files are not there or not as declared
   */
  public static Advice read(Path in, Limits limits, Prefer prefer) throws IOException {
    Path manifest = in.resolve(Manifest.FILE);
    if (!Files.isRegularFile(manifest)) {
      throw new IOException(
          in + ": not a sample (no " + Manifest.FILE + "); make one with advise --out");
    }
    Described sample =
        Manifest.read(manifest)
            .detail("sample", Described.class)
            .filter(found -> !found.stretches().isEmpty())
            .orElseThrow(
                () ->
                    new IOException(
                        manifest + ": names no stretches of a sample; made by advise --out?"));
    return of(
        Results.read(in),
        RowReader.all(in.resolve(MISS_RATIO), MissRatioRow.class),
        sample.checkpoints(),
        sample.stretches().stream()
            .map(ends -> new Stretch(ends.getFirst(), ends.getLast()))
            .toList(),
        limits,
        prefer);
  }

  /** Advises from replays of a sample of one set of traces. */
  static Advice of(
      Results sample,
      List<MissRatioRow> missRatios,
      long checkpoints,
      List<Stretch> stretches,
      Limits limits,
      Prefer prefer) {
    long link = limits.linkBitsPerSecond();
    Results plain = sample.overNetworkAsItIs();
    Map<String, Map<Long, Long>> overLink = shortest(sample.over(link).checkpoints());
    Results predicted = LinkModel.over(plain, link);
    Map<String, Long> senderMemory = largest(plain.checkpoints(), Checkpoints.SENDER_MEMORY_BYTES);
    Map<String, Long> receiverMemory =
        largest(plain.checkpoints(), Checkpoints.RECEIVER_MEMORY_BYTES);
    List<List<MethodFigures>> byStretch = new ArrayList<>();
    for (Stretch stretch : stretches) {
      byStretch.add(figures(predicted, overLink, List.of(stretch), senderMemory));
    }
    List<Summary> summaries = summaries(predicted, stretches);
    List<MethodFigures> all = figures(predicted, overLink, stretches, senderMemory);
    Setting setting = summaries.getFirst().setting();
    List<Candidate> candidates = new ArrayList<>();
    for (MethodFigures method : all) {
      List<MethodFigures> parts =
          byStretch.stream()
              .flatMap(List::stream)
              .filter(part -> part.method().equals(method.method()))
              .toList();
      candidates.add(
          new Candidate(
              method.method(),
              new Advice.Traffic(
                  between(method, parts, MethodFigures::reduction),
                  between(method, parts, MethodFigures::transferNs),
                  method.transferMeasured(),
                  between(method, parts, MethodFigures::lateShare)),
              new Advice.Cost(
                  between(method, parts, MethodFigures::senderCpuShare),
                  between(method, parts, MethodFigures::receiverCpuShare),
                  (long) method.senderMemoryBytes(),
                  receiverMemory.getOrDefault(method.method(), 0L)),
              method.exceeds(limits, setting.intervalNs())));
    }
    candidates.sort(
        Comparator.comparingDouble((Candidate candidate) -> candidate.traffic().reduction().value())
            .reversed());
    return new Advice(
        new Advice.Sampled(
            setting.traces(),
            setting.intervalNs(),
            (int) Checkpoints.PAGE_BYTES.longs(sample.checkpoints()).max(),
            checkpoints,
            stretches),
        limits,
        prefer,
        choose(all, limits, setting.intervalNs(), prefer).orElse(null),
        byStretch.stream()
            .map(part -> choose(part, limits, setting.intervalNs(), prefer).orElse(null))
            .toList(),
        DeltaCache.of(missRatios),
        candidates);
  }

  /**
   * The method that replays of some checkpoints alone would lead to.
   *
   * @param replays of one set of traces at one interval, over the network as it is
   * @return empty if no method keeps within the limits
   */
  public static Optional<String> choice(
      Results replays, List<Stretch> stretches, Limits limits, Prefer prefer) {
    Map<String, Long> memory = largest(replays.checkpoints(), Checkpoints.SENDER_MEMORY_BYTES);
    Results predicted = LinkModel.over(replays, limits.linkBitsPerSecond());
    long intervalNs = replays.runs().getFirst().row().setting().intervalNs();
    return choose(figures(predicted, Map.of(), stretches, memory), limits, intervalNs, prefer);
  }

  static List<Summary> summaries(Results results, List<Stretch> stretches) {
    LongColumn number = Checkpoints.CHECKPOINT.longs(results.checkpoints());
    Selection inside =
        number.eval(n -> stretches.stream().anyMatch(stretch -> stretch.has((long) n)));
    return Summary.of(new Results(results.checkpoints().where(inside), results.runs())).stream()
        .filter(Summary::wholeSet)
        .toList();
  }

  private static List<MethodFigures> figures(
      Results predicted,
      Map<String, Map<Long, Long>> overLink,
      List<Stretch> stretches,
      Map<String, Long> memory) {
    return summaries(predicted, stretches).stream()
        .map(
            summary -> {
              String method = summary.setting().method();
              Map<Long, Long> timesNs = new HashMap<>(overLink.getOrDefault(method, Map.of()));
              timesNs
                  .keySet()
                  .removeIf(n -> stretches.stream().noneMatch(stretch -> stretch.has(n)));
              return MethodFigures.of(summary, timesNs.values(), memory.getOrDefault(method, 0L));
            })
        .toList();
  }

  /**
   * By method and number, each checkpoint's shortest transfer in nanoseconds, of all trials: what
   * disturbs only adds.
   */
  private static Map<String, Map<Long, Long>> shortest(Table checkpoints) {
    Map<String, Map<Long, Long>> shortest = new HashMap<>();
    StringColumn method = Checkpoints.METHOD.text(checkpoints);
    LongColumn number = Checkpoints.CHECKPOINT.longs(checkpoints);
    LongColumn transferNs = Checkpoints.TRANSFER_NS.longs(checkpoints);
    for (int row = 0; row < checkpoints.rowCount(); row++) {
      shortest
          .computeIfAbsent(method.get(row), any -> new HashMap<>())
          .merge(number.getLong(row), transferNs.getLong(row), Math::min);
    }
    return shortest;
  }

  /** By method, the largest value of a column; gaps count too, since caches fill in them. */
  private static Map<String, Long> largest(Table checkpoints, Checkpoints column) {
    Map<String, Long> largest = new HashMap<>();
    StringColumn method = Checkpoints.METHOD.text(checkpoints);
    LongColumn value = column.longs(checkpoints);
    for (int row = 0; row < checkpoints.rowCount(); row++) {
      if (!value.isMissing(row)) {
        largest.merge(method.get(row), value.getLong(row), Math::max);
      }
    }
    return largest;
  }

  private static Estimate between(
      MethodFigures whole, List<MethodFigures> parts, Function<MethodFigures, Double> figure) {
    double value = figure.apply(whole);
    double low = value;
    double high = value;
    for (MethodFigures part : parts) {
      low = Math.min(low, figure.apply(part));
      high = Math.max(high, figure.apply(part));
    }
    return new Estimate(value, low, high);
  }

  private static Optional<String> choose(
      List<MethodFigures> methods, Limits limits, long intervalNs, Prefer prefer) {
    List<MethodFigures> within =
        methods.stream().filter(method -> method.exceeds(limits, intervalNs).isEmpty()).toList();
    List<MethodFigures> measured = within.stream().filter(MethodFigures::transferMeasured).toList();
    List<MethodFigures> fitting = measured.isEmpty() ? within : measured;
    double most = fitting.stream().mapToDouble(MethodFigures::reduction).max().orElse(0);
    double least = fitting.stream().mapToDouble(MethodFigures::transferNs).min().orElse(0);
    Optional<MethodFigures> best =
        switch (prefer) {
          case TRAFFIC ->
              fitting.stream()
                  .filter(method -> method.reduction() >= most - EQUAL_REDUCTION)
                  .min(Comparator.comparingDouble(MethodFigures::transferNs));
          case TIME ->
              fitting.stream()
                  .filter(method -> method.transferNs() <= least * (1 + EQUAL_TIME))
                  .max(Comparator.comparingDouble(MethodFigures::reduction));
        };
    return best.map(MethodFigures::method);
  }

  /**
   * The methods between which predicted times do not decide: those within the limits that save
   * about as much as the best, or take about as long. To be replayed over the link; none if the
   * decision is clear.
   */
  public static List<String> finalists(Advice advice) {
    List<Candidate> fitting = advice.candidates().stream().filter(Candidate::fits).toList();
    ToDoubleFunction<Candidate> reduction = one -> one.traffic().reduction().value();
    ToDoubleFunction<Candidate> transferNs = one -> one.traffic().transferNs().value();
    double most = fitting.stream().mapToDouble(reduction).max().orElse(0);
    double least = fitting.stream().mapToDouble(transferNs).min().orElse(0);
    List<String> finalists =
        fitting.stream()
            .filter(
                one ->
                    switch (advice.prefer()) {
                      case TRAFFIC -> reduction.applyAsDouble(one) >= most - EQUAL_REDUCTION;
                      case TIME ->
                          transferNs.applyAsDouble(one)
                              <= Math.max(least * (1 + UNCERTAIN_TIME), least + UNCERTAIN_NS);
                    })
            .sorted(Comparator.comparingDouble(transferNs))
            .limit(MOST_FINALISTS)
            .map(Candidate::method)
            .toList();
    return finalists.size() < 2 ? List.of() : finalists;
  }
}
