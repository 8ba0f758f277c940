package emulha.experiments.advise;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Width;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.TraceFigures;
import emulha.analysis.figures.Tradeoffs;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.LinkModel;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Setting;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.files.WholeFile;
import emulha.metrics.MissRatioRow;
import emulha.metrics.RowReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.selection.Selection;

/**
 * Which compression method to take under limits (Hou §5.5), from replays of a sample of a
 * recording: stretches of consecutive checkpoints. A pure function of the sample's files. Times on
 * the link are those of {@link LinkModel}, but measured ones for methods that were replayed over
 * the link too, as {@linkplain #finalists finalists} are; of these alone one is advised then.
 *
 * @param traces names of the series, joined by +
 * @param intervalNs checkpointing interval in nanoseconds
 * @param pageBytes size of a page
 * @param checkpoints of the whole recording
 * @param stretches the sample
 * @param limits what a method may take
 * @param prefer what is looked for within the limits
 * @param advised the method to take; null if none keeps within the limits
 * @param choices for each stretch, the method that it alone would lead to; null if none
 * @param cache the delta cache that suffices
 * @param candidates every method tried, that of the least traffic first
 */
public record Advice(
    String traces,
    long intervalNs,
    int pageBytes,
    long checkpoints,
    List<Stretch> stretches,
    Limits limits,
    Prefer prefer,
    @Nullable String advised,
    List<@Nullable String> choices,
    DeltaCache cache,
    List<Candidate> candidates) {
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

  private static final String MANIFEST = "manifest.json";
  private static final String MISS_RATIO = "miss_ratio.csv";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * Checkpoints from the first to before the other.
   *
   * @param from first one
   * @param to first one not in it
   */
  public record Stretch(long from, long to) {
    /** Whether a checkpoint is in it. */
    boolean has(long checkpoint) {
      return from <= checkpoint && checkpoint < to;
    }
  }

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
   * @param reduction 1 - wire bytes / raw bytes
   * @param transferNs mean transfer time on the link
   * @param transferMeasured whether that was measured over the link; if not, it is predicted
   * @param lateShare share of the checkpoints whose transfer would outlast the interval
   * @param senderCpuShare sender's CPU time / interval
   * @param receiverCpuShare the same of the receiver
   * @param senderMemoryBytes the sender's memory at its largest
   * @param receiverMemoryBytes the same of the receiver
   * @param exceeds by limit that it does not keep, how many times as much it takes; empty if it
   *     keeps all
   */
  public record Candidate(
      String method,
      Estimate reduction,
      Estimate transferNs,
      boolean transferMeasured,
      Estimate lateShare,
      Estimate senderCpuShare,
      Estimate receiverCpuShare,
      long senderMemoryBytes,
      long receiverMemoryBytes,
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

  /** Copies the lists. */
  public Advice {
    stretches = List.copyOf(stretches);
    candidates = List.copyOf(candidates);
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
    Path manifest = in.resolve(MANIFEST);
    if (!Files.isRegularFile(manifest)) {
      throw new IOException(
          in + ": not a sample (no " + MANIFEST + "); make one with advise --out");
    }
    JsonNode sample = JSON.readTree(Files.readAllBytes(manifest)).path("sample");
    List<Stretch> stretches = new ArrayList<>();
    sample
        .path("stretches")
        .forEach(ends -> stretches.add(new Stretch(ends.path(0).asLong(), ends.path(1).asLong())));
    if (stretches.isEmpty()) {
      throw new IOException(manifest + ": names no stretches of a sample; made by advise --out?");
    }
    return of(
        Results.read(in),
        RowReader.all(in.resolve(MISS_RATIO), MissRatioRow.class),
        sample.path("checkpoints").asLong(),
        stretches,
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
    Map<String, Long> senderMemory = largest(plain.checkpoints(), "sender_memory_bytes");
    Map<String, Long> receiverMemory = largest(plain.checkpoints(), "receiver_memory_bytes");
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
              between(method, parts, MethodFigures::reduction),
              between(method, parts, MethodFigures::transferNs),
              method.transferMeasured(),
              between(method, parts, MethodFigures::lateShare),
              between(method, parts, MethodFigures::senderCpuShare),
              between(method, parts, MethodFigures::receiverCpuShare),
              (long) method.senderMemoryBytes(),
              receiverMemory.getOrDefault(method.method(), 0L),
              method.exceeds(limits, setting.intervalNs())));
    }
    candidates.sort(
        Comparator.comparingDouble((Candidate candidate) -> candidate.reduction().value())
            .reversed());
    return new Advice(
        setting.traces(),
        setting.intervalNs(),
        (int) sample.checkpoints().longColumn("page_bytes").max(),
        checkpoints,
        stretches,
        limits,
        prefer,
        choose(all, limits, setting.intervalNs(), prefer).orElse(null),
        byStretch.stream()
            .map(part -> choose(part, limits, setting.intervalNs(), prefer).orElse(null))
            .toList(),
        DeltaCache.of(missRatios),
        candidates);
  }

  private static List<Summary> summaries(Results results, List<Stretch> stretches) {
    LongColumn number = results.checkpoints().longColumn("checkpoint");
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
    StringColumn method = checkpoints.stringColumn("method");
    LongColumn number = checkpoints.longColumn("checkpoint");
    LongColumn transferNs = checkpoints.longColumn("transfer_ns");
    for (int row = 0; row < checkpoints.rowCount(); row++) {
      shortest
          .computeIfAbsent(method.get(row), any -> new HashMap<>())
          .merge(number.getLong(row), transferNs.getLong(row), Math::min);
    }
    return shortest;
  }

  /** By method, the largest value of a column; gaps count too, since caches fill in them. */
  private static Map<String, Long> largest(Table checkpoints, String column) {
    Map<String, Long> largest = new HashMap<>();
    StringColumn method = checkpoints.stringColumn("method");
    LongColumn value = checkpoints.longColumn(column);
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
  @JsonIgnore
  public List<String> finalists() {
    List<Candidate> fitting = candidates.stream().filter(Candidate::fits).toList();
    double most =
        fitting.stream().mapToDouble(candidate -> candidate.reduction().value()).max().orElse(0);
    double least =
        fitting.stream().mapToDouble(candidate -> candidate.transferNs().value()).min().orElse(0);
    List<String> finalists =
        fitting.stream()
            .filter(
                candidate ->
                    switch (prefer) {
                      case TRAFFIC -> candidate.reduction().value() >= most - EQUAL_REDUCTION;
                      case TIME ->
                          candidate.transferNs().value()
                              <= Math.max(least * (1 + UNCERTAIN_TIME), least + UNCERTAIN_NS);
                    })
            .sorted(Comparator.comparingDouble(candidate -> candidate.transferNs().value()))
            .limit(MOST_FINALISTS)
            .map(Candidate::method)
            .toList();
    return finalists.size() < 2 ? List.of() : finalists;
  }

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

  /** As JSON, names in snake case. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The candidates as a table, a row each, unrounded. */
  public Table table() {
    Table table = Table.create(StringColumn.create("method", methods()));
    add(table, "wire_traffic_reduction", Candidate::reduction);
    add(table, "transfer_ns", Candidate::transferNs);
    table.addColumns(
        BooleanColumn.create(
            "transfer_measured", candidates.stream().map(Candidate::transferMeasured).toList()));
    add(table, "late_share", Candidate::lateShare);
    add(table, "sender_cpu_share", Candidate::senderCpuShare);
    add(table, "receiver_cpu_share", Candidate::receiverCpuShare);
    table.addColumns(
        LongColumn.create(
            "sender_memory_bytes",
            candidates.stream().mapToLong(Candidate::senderMemoryBytes).toArray()),
        LongColumn.create(
            "receiver_memory_bytes",
            candidates.stream().mapToLong(Candidate::receiverMemoryBytes).toArray()),
        StringColumn.create(
            "exceeds",
            candidates.stream()
                .map(
                    candidate ->
                        String.join(
                            " ",
                            candidate.exceeds().keySet().stream()
                                .map(limit -> limit.name().toLowerCase(Locale.ROOT))
                                .toList()))
                .toList()));
    return table;
  }

  private List<String> methods() {
    return candidates.stream().map(Candidate::method).toList();
  }

  private void add(Table table, String name, Function<Candidate, Estimate> estimate) {
    var value = DoubleColumn.create(name);
    var low = DoubleColumn.create(name + "_low");
    var high = DoubleColumn.create(name + "_high");
    for (Candidate one : candidates) {
      Estimate some = estimate.apply(one);
      value.append(some.value());
      low.append(some.low());
      high.append(some.high());
    }
    table.addColumns(value, low, high);
  }

  /**
   * Writes {@code advice.json}, {@code advice.csv}, and the figures: reduction against CPU time of
   * the methods (Pareto), and the miss-ratio curve.
   *
   * @param in the sample that this was read from
   * @param out made if absent; older files of the same names are replaced
   */
  public void write(Path in, Path out, Width width) throws IOException {
    Files.createDirectories(out);
    WholeFile.write(out.resolve("advice.json"), toJson());
    WholeFile.write(out.resolve("advice.csv"), TableText.csv(table()));
    Path figures = Files.createDirectories(out.resolve("figures"));
    Figures.write(figures(in), figures, width);
  }

  private List<Figure> figures(Path in) throws IOException {
    List<Figure> figures = new ArrayList<>();
    Results plain = Results.read(in).overNetworkAsItIs();
    Tradeoffs.pareto("pareto", summaries(plain, stretches)).ifPresent(figures::add);
    TraceFigures.missRatios(RowReader.all(in.resolve(MISS_RATIO), MissRatioRow.class))
        .ifPresent(figures::add);
    return figures;
  }
}
