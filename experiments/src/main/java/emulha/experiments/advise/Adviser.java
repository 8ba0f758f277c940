package emulha.experiments.advise;

import emulha.analysis.measures.Checkpoints;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.LinkModel;
import emulha.analysis.measures.Manifest;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Summary;
import emulha.experiments.advise.Advice.Candidate;
import emulha.experiments.advise.Advice.Limit;
import emulha.experiments.advise.Advice.Prefer;
import emulha.metrics.MissRatioRow;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.traces.views.SampledSeries.Stretch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
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

  /** What the sample's manifest says of it, there. */
  static final String SAMPLE = "sample";

  /**
   * What the manifest says of a sample.
   *
   * @param checkpoints of the whole recording
   * @param stretches the ends of each
   */
  record Described(long checkpoints, List<List<Integer>> stretches) {}

  private final Results predicted;
  private final Map<String, Map<Long, Long>> overLink;
  private final Map<String, Long> senderMemory;
  private final Map<String, Long> receiverMemory;
  private final Limits limits;

  /**
   * @param plain replays of one set of traces at one interval, over the network as it is
   * @param overLink by method that was replayed over the link, each checkpoint's transfer time
   */
  private Adviser(Results plain, Map<String, Map<Long, Long>> overLink, Limits limits) {
    predicted = LinkModel.over(plain, limits.linkBitsPerSecond());
    this.overLink = overLink;
    senderMemory = largest(plain.checkpoints(), Checkpoints.SENDER_MEMORY_BYTES);
    receiverMemory = largest(plain.checkpoints(), Checkpoints.RECEIVER_MEMORY_BYTES);
    this.limits = limits;
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
            .detail(SAMPLE, Described.class)
            .filter(found -> !found.stretches().isEmpty())
            .orElseThrow(
                () ->
                    new IOException(
                        manifest + ": names no stretches of a sample; made by advise --out?"));
    List<Stretch> stretches =
        sample.stretches().stream()
            .map(ends -> new Stretch(ends.getFirst(), ends.getLast()))
            .toList();
    Results results = Results.read(in);
    Results plain = results.overNetworkAsItIs();
    Table overLink = results.over(limits.linkBitsPerSecond()).checkpoints();
    var adviser = new Adviser(plain, shortest(overLink), limits);
    List<List<Candidate>> byStretch =
        stretches.stream().map(stretch -> adviser.candidates(List.of(stretch))).toList();
    List<Candidate> whole = adviser.candidates(stretches);
    RunRow run = plain.runs().getFirst().row();
    return new Advice(
        new Advice.Sampled(
            run.key().traces(),
            run.setting().intervalNs(),
            (int) Checkpoints.PAGE_BYTES.longs(results.checkpoints()).max(),
            sample.checkpoints(),
            stretches),
        limits,
        prefer,
        choose(whole, prefer).orElse(null),
        byStretch.stream().map(part -> choose(part, prefer).orElse(null)).toList(),
        DeltaCache.of(RowReader.all(in.resolve(MISS_RATIO), MissRatioRow.class)),
        whole.stream()
            .map(one -> spread(one, byStretch))
            .sorted(Comparator.comparingDouble(Adviser::reduction).reversed())
            .toList());
  }

  /**
   * The method that replays of some checkpoints alone would lead to.
   *
   * @param replays of one set of traces at one interval, over the network as it is
   * @return empty if no method keeps within the limits
   */
  public static Optional<String> choice(
      Results replays, List<Stretch> stretches, Limits limits, Prefer prefer) {
    return choose(new Adviser(replays, Map.of(), limits).candidates(stretches), prefer);
  }

  static List<Summary> summaries(Results results, List<Stretch> stretches) {
    LongColumn number = Checkpoints.CHECKPOINT.longs(results.checkpoints());
    Selection inside = number.eval(n -> isIn(stretches, (long) n));
    return Summary.of(new Results(results.checkpoints().where(inside), results.runs())).stream()
        .filter(Summary::wholeSet)
        .toList();
  }

  private static boolean isIn(List<Stretch> stretches, long checkpoint) {
    return stretches.stream().anyMatch(stretch -> stretch.contains(checkpoint));
  }

  /** What each method does in some of the checkpoints. */
  private List<Candidate> candidates(List<Stretch> stretches) {
    return summaries(predicted, stretches).stream()
        .map(summary -> candidate(summary, stretches))
        .toList();
  }

  private Candidate candidate(Summary summary, List<Stretch> stretches) {
    String method = summary.setting().method();
    double intervalNs = summary.setting().intervalNs();
    long[] measuredNs =
        overLink.getOrDefault(method, Map.of()).entrySet().stream()
            .filter(checkpoint -> isIn(stretches, checkpoint.getKey()))
            .mapToLong(Map.Entry::getValue)
            .toArray();
    double transferNs =
        LongStream.of(measuredNs).average().orElse(value(summary, Measure.TRANSFER_NS));
    double lateShare =
        LongStream.of(measuredNs)
            .mapToDouble(ns -> ns > intervalNs ? 1 : 0)
            .average()
            .orElse(value(summary, Measure.LATE_SHARE));
    double cpuShare = value(summary, Measure.SENDER_CPU_NS_PER_CHECKPOINT) / intervalNs;
    double receiverCpuNs =
        value(summary, Measure.RECEIVER_CPU_NS_PER_PAGE) * value(summary, Measure.DIRTY_PAGES);
    long memoryBytes = senderMemory.getOrDefault(method, 0L);
    Map<Limit, Double> exceeds = new EnumMap<>(Limit.class);
    exceeds.put(Limit.CPU, cpuShare / limits.cpuShare());
    exceeds.put(Limit.MEMORY, (double) memoryBytes / limits.memoryBytes());
    exceeds.put(Limit.INTERVAL, transferNs / intervalNs);
    exceeds.values().removeIf(ratio -> ratio <= 1);
    return new Candidate(
        method,
        new Advice.Traffic(
            Estimate.exact(value(summary, Measure.WIRE_TRAFFIC_REDUCTION)),
            Estimate.exact(transferNs),
            measuredNs.length > 0,
            Estimate.exact(lateShare)),
        new Advice.Cost(
            Estimate.exact(cpuShare),
            Estimate.exact(receiverCpuNs / intervalNs),
            memoryBytes,
            receiverMemory.getOrDefault(method, 0L)),
        exceeds);
  }

  private static double value(Summary summary, Measure measure) {
    return summary.get(measure).map(Estimate::value).orElse(0.0);
  }

  private static double reduction(Candidate candidate) {
    return candidate.traffic().reduction().value();
  }

  private static double transferNs(Candidate candidate) {
    return candidate.traffic().transferNs().value();
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

  /** A method, and what it does from the stretch with the least to that with the most. */
  private static Candidate spread(Candidate whole, List<List<Candidate>> byStretch) {
    List<Candidate> all =
        Stream.concat(Stream.of(whole), byStretch.stream().flatMap(List::stream))
            .filter(one -> one.method().equals(whole.method()))
            .toList();
    return new Candidate(
        whole.method(),
        new Advice.Traffic(
            spread(all, one -> one.traffic().reduction()),
            spread(all, one -> one.traffic().transferNs()),
            whole.traffic().transferMeasured(),
            spread(all, one -> one.traffic().lateShare())),
        new Advice.Cost(
            spread(all, one -> one.cost().senderCpuShare()),
            spread(all, one -> one.cost().receiverCpuShare()),
            whole.cost().senderMemoryBytes(),
            whole.cost().receiverMemoryBytes()),
        whole.exceeds());
  }

  private static Estimate spread(List<Candidate> all, Function<Candidate, Estimate> figure) {
    var values = all.stream().mapToDouble(one -> figure.apply(one).value()).summaryStatistics();
    return new Estimate(figure.apply(all.getFirst()).value(), values.getMin(), values.getMax());
  }

  private static Optional<String> choose(List<Candidate> methods, Prefer prefer) {
    List<Candidate> within = methods.stream().filter(Candidate::fits).toList();
    List<Candidate> measured =
        within.stream().filter(one -> one.traffic().transferMeasured()).toList();
    Comparator<Candidate> better =
        switch (prefer) {
          case TRAFFIC -> Comparator.comparingDouble(Adviser::transferNs);
          case TIME -> Comparator.comparingDouble(Adviser::reduction).reversed();
        };
    return best(measured.isEmpty() ? within : measured, prefer, least -> least * (1 + EQUAL_TIME))
        .min(better)
        .map(Candidate::method);
  }

  /**
   * The methods between which predicted times do not decide: those within the limits that save
   * about as much as the best, or take about as long. To be replayed over the link; none if the
   * decision is clear.
   */
  public static List<String> finalists(Advice advice) {
    List<Candidate> fitting = advice.candidates().stream().filter(Candidate::fits).toList();
    List<String> finalists =
        best(
                fitting,
                advice.prefer(),
                least -> Math.max(least * (1 + UNCERTAIN_TIME), least + UNCERTAIN_NS))
            .sorted(Comparator.comparingDouble(Adviser::transferNs))
            .limit(MOST_FINALISTS)
            .map(Candidate::method)
            .toList();
    return finalists.size() < 2 ? List.of() : finalists;
  }

  /**
   * Those that do about as well as the best in what is preferred.
   *
   * @param longestNs by the shortest transfer time, the longest that is about the same
   */
  private static Stream<Candidate> best(
      List<Candidate> fitting, Prefer prefer, DoubleUnaryOperator longestNs) {
    double most = fitting.stream().mapToDouble(Adviser::reduction).max().orElse(0);
    double least = fitting.stream().mapToDouble(Adviser::transferNs).min().orElse(0);
    return fitting.stream()
        .filter(
            one ->
                switch (prefer) {
                  case TRAFFIC -> reduction(one) >= most - EQUAL_REDUCTION;
                  case TIME -> transferNs(one) <= longestNs.applyAsDouble(least);
                });
  }
}
