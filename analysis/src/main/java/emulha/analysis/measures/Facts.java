package emulha.analysis.measures;

import emulha.metrics.ResultFile;
import emulha.metrics.columns.Columns;
import emulha.names.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One thing known from results: a summary with its measures, what a VM gains in a cluster, or the
 * row of another result file.
 *
 * @param values by column, a text, number, flag, or {@link Estimate}; not available ones are not
 *     there
 * @param identity what makes it another fact than others of its table; trials are not in it
 * @param of the series or profile that it is of
 * @param synthetic whether that is synthetic
 * @param bounds columns of values of which is known but that they are at most so large
 * @param checkpoints incremental checkpoints in a replay; not limited where there are none
 * @param trials trials that plain numbers in it rest on, see {@link Estimate#trials}
 */
public record Facts(
    Map<String, Object> values,
    List<Object> identity,
    Set<String> of,
    boolean synthetic,
    Set<String> bounds,
    long checkpoints,
    int trials) {
  /** Facts on the plain summaries. */
  public static final String SUMMARY = "summary";

  /** The same on transfers at the papers' link speed. */
  public static final String GIGABIT = "gigabit";

  /** The same on what was kept elsewhere than in RAM. */
  public static final String STORES = "stores";

  /** On what VMs gain by being processed together. */
  public static final String CLUSTER = "cluster";

  /**
   * What tells settings of summaries apart, other than the store, and whether they were replayed or
   * reduced.
   */
  private static final List<SummaryColumn> IDENTITY =
      List.of(
          SummaryColumn.TRACES,
          SummaryColumn.VM,
          SummaryColumn.ORIGIN,
          SummaryColumn.METHOD,
          SummaryColumn.INTERVAL_NS,
          SummaryColumn.BASE,
          SummaryColumn.LINK_KIND,
          SummaryColumn.LINK_BITS_PER_SECOND,
          SummaryColumn.ENCRYPTED);

  /** Columns that name what a row is of. */
  private static final List<String> NAMES = List.of("traces", "trace", "profile");

  private static final Map<String, Set<String>> COLUMNS = columns();

  private static Map<String, Set<String>> columns() {
    Set<String> ofSummaries = new LinkedHashSet<>();
    Stream.of(SummaryColumn.values()).forEach(one -> ofSummaries.add(one.column()));
    Stream.of(Measure.values()).forEach(one -> ofSummaries.add(one.column()));
    Map<String, Set<String>> columns = new TreeMap<>();
    List.of(SUMMARY, GIGABIT, STORES).forEach(table -> columns.put(table, ofSummaries));
    columns.put(CLUSTER, new LinkedHashSet<>(ClusterGain.table(List.of()).columnNames()));
    for (ResultFile file : ResultFile.ALL) {
      columns.put(file.table(), new LinkedHashSet<>(Columns.of(file.row()).names()));
    }
    return columns;
  }

  /**
   * Checks names against the declarations.
   *
   * @throws IllegalArgumentException if there is no such table, or not that column in it; the
   *     message names what is nearest
   */
  public static void require(String table, Set<String> columns) {
    Set<String> declared = COLUMNS.get(table);
    if (declared == null) {
      throw new IllegalArgumentException(
          "no table %s; available: %s".formatted(table, String.join(", ", COLUMNS.keySet())));
    }
    for (String column : columns) {
      if (!declared.contains(column)) {
        throw new IllegalArgumentException(
            "table %s has no column %s; available: %s, see docs/DATA_DICTIONARY.md"
                .formatted(table, column, Names.nearest(column, declared)));
      }
    }
  }

  static List<Facts> ofSummaries(List<Summary> summaries) {
    return summaries.stream().map(Facts::of).toList();
  }

  private static Facts of(Summary summary) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (SummaryColumn column : SummaryColumn.values()) {
      put(values, column.column(), column.of(summary));
    }
    summary
        .estimates()
        .forEach(
            (measure, estimate) ->
                values.put(
                    measure.column(),
                    measure.timed()
                        ? summary.bounds().getOrDefault(measure, estimate)
                        : new Estimate(estimate.value(), estimate.low(), estimate.high())));
    List<Object> identity = new ArrayList<>();
    for (SummaryColumn column : IDENTITY) {
      identity.add(values.getOrDefault(column.column(), ""));
    }
    // One of several VMs may be called as all of them are.
    identity.add(summary.wholeSet());
    // What is reduced is stored nowhere, and as good as what is replayed into RAM.
    identity.add(summary.setting().inRam() ? "" : summary.setting().way().store());
    return new Facts(
        values,
        identity,
        Set.of(summary.setting().traces()),
        summary.setting().synthetic(),
        summary.bounds().keySet().stream().map(Measure::column).collect(Collectors.toSet()),
        summary.checkpoints() / Math.max(1, summary.extent().replays()),
        Estimate.COUNTED);
  }

  /** Each of the rows by itself. */
  static <R> List<Facts> of(List<RowColumn<R>> columns, List<R> rows) {
    List<Facts> facts = new ArrayList<>();
    for (R row : rows) {
      Map<String, Object> values = new LinkedHashMap<>();
      columns.forEach(column -> put(values, column.name(), column.value().apply(row)));
      facts.add(ofItself(values, facts.size(), Estimate.COUNTED));
    }
    return facts;
  }

  static <R extends Record> List<Facts> of(ResultFile file, Class<R> row, List<R> rows) {
    Columns<R> columns = Columns.of(row);
    List<Facts> facts = new ArrayList<>();
    for (R one : rows) {
      Map<String, Object> values = new LinkedHashMap<>();
      @Nullable Object[] found = columns.values(one);
      for (int i = 0; i < found.length; i++) {
        put(values, columns.list().get(i).name(), found[i]);
      }
      facts.add(ofItself(values, facts.size(), file.timed() ? 1 : Estimate.COUNTED));
    }
    return facts;
  }

  private static void put(Map<String, Object> values, String column, @Nullable Object value) {
    if (value != null && !value.equals("")) {
      values.put(column, value);
    }
  }

  private static Facts ofItself(Map<String, Object> values, int number, int trials) {
    return new Facts(
        values,
        List.of(number),
        NAMES.stream()
            .filter(values::containsKey)
            .findFirst()
            .map(name -> Set.of(values.get(name).toString()))
            .orElse(Set.of()),
        "synthetic".equals(values.get(SummaryColumn.ORIGIN.column())),
        Set.of(),
        Long.MAX_VALUE,
        trials);
  }

  /** The text of a column; null where it is not available. */
  public @Nullable String text(String column) {
    Object value = values.get(column);
    return value == null
        ? null
        : value instanceof Estimate one ? Double.toString(one.value()) : value.toString();
  }

  /** The number in a column; null where it is not available. */
  public @Nullable Estimate estimate(String column) {
    Object value = values.get(column);
    if (value == null || value instanceof Estimate) {
      return (Estimate) value;
    }
    double number = ((Number) value).doubleValue();
    return new Estimate(number, number, number, trials);
  }
}
