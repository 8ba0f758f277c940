package emulha.analysis.measures;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.tablesaw.api.Table;

/**
 * The columns of files that are computed from result files: {@code summary.csv}, {@code
 * advice.csv}, {@code claims.csv} and the numbers behind figures. The data dictionary is made of
 * this list, and a figure whose numbers have a column that is not on it is refused.
 */
public final class DerivedColumns {
  /** A column; the unit says what a value is: text, flag, number, or the unit. */
  record Declared(String name, String unit, String meaning) {}

  /** First columns of tables that have a further column for each series, named by it. */
  private static final Set<String> ACROSS_SERIES =
      Set.of("changed_bytes", "what", "chunk_bytes", "row");

  private static final List<Declared> SETTINGS =
      Stream.of(SummaryColumn.values()).map(one -> one.declared).toList();

  private static final List<Declared> FIGURES =
      List.of(
          flag("dominated", "Pareto: whether another method is certainly better"),
          text("tied_with", "Pareto: methods that nothing tells apart from this one"),
          new Declared(
              "break_even_bits_per_second",
              "bits per second",
              "Link speed below which the method pays; empty if at any or at none"),
          new Declared(
              "achievable_hertz_at_break_even",
              "hertz",
              "Checkpoints per second that the model achieves there"),
          flag("pays_at_any_speed", "Whether it costs no more than no compression"),
          ratio("alone_traffic_reduction", "traffic_reduction of the VM protected alone"),
          ratio(
              "cluster_traffic_reduction",
              "The same with the VM's part of the cluster's payload (its Shapley value)"),
          ratio("gain", "cluster_traffic_reduction less alone_traffic_reduction"),
          ratio("least_gain", "Gain in the order of the VMs in which it is least"),
          ratio("most_gain", "Gain in the order of the VMs in which it is most"),
          nanoseconds("modelled_transfer_ns", "What the model of the link makes of it"),
          ratio("modelled_over_measured", "modelled_transfer_ns / transfer_ns"),
          new Declared("memory_gib", "gibibytes", "Memory filled by memhog"),
          new Declared(
              "extrapolated_bytes",
              "bytes",
              "payload_bytes_per_page times the pages of that much memory"),
          text("page_class", "What became of a page"),
          new Declared("pages", "pages", "Number of pages"),
          nanoseconds("p5_ns", "5th percentile of the time to encode a page"),
          nanoseconds("p50_ns", "Median"),
          nanoseconds("p95_ns", "95th percentile"),
          nanoseconds("p99_ns", "99th percentile"),
          nanoseconds("max_ns", "The longest"),
          nanoseconds("clock_ns", "What reading the clock takes, contained in each"),
          new Declared(
              "achieved_hertz",
              "hertz",
              "Checkpoints a second: 1 / the longer of interval and transfer_ns"),
          ratio("regret", "transfer_ns / that of the best method for the same, less 1"),
          ratio("mean_regret", "Mean of regret over recordings and intervals"),
          ratio("worst_regret", "The largest of them"),
          flag("certainly_slower", "Whether its interval lies above the best method's"),
          text(
              "advised",
              "The method that the adviser takes; empty if no method keeps the interval"),
          ratio("advised_regret", "regret of that method"),
          new Declared("paper_megabytes", "megabytes", "The paper's figure"),
          text("series", "The curve that the point is of"),
          new Declared("megabytes", "megabytes", "Size at the point"),
          new Declared(
              "dirty_checkpoints_per_second", "hertz", "Checkpoints a second a page is dirty in"),
          new Declared("window_s", "seconds", "Length of the window"),
          new Declared("cache_mib", "mebibytes", "Size of the cache"),
          new Declared("misses_per_cent", "per cent", "Dirty pages that it does not find"),
          new Declared("dirty_pages_per_cent", "per cent", "Dirty pages, of the RAM"),
          new Declared("median_us", "microseconds", "Median time of a scan"),
          text(
              "changed_bytes",
              "Range of the bytes changed in a page; further columns, named SERIES pages: pages"),
          text("what", "What the row is about; further columns, one a series: the figure's value"),
          new Declared(
              "chunk_bytes", "bytes", "Chunk size; further columns, one a series: share of chunks"),
          text("row", "Row of FITDOC's Table I; further columns, one a series: its value"));

  private static final List<Declared> PLOTS =
      List.of(
          text("series", "Name in the legend"),
          text("x", "Where the value stands: a category, or a number in the axis's unit"),
          new Declared("value", "as the axis", "What is drawn"),
          new Declared("low", "as the axis", "Lower end of its interval or range; else the value"),
          new Declared("high", "as the axis", "Upper end"),
          flag("is_interval", "true: an interval, or exact; false: a range, drawn dashed"));

  private static final List<Declared> ADVICE =
      List.of(
          text("method", "The method tried"),
          ratio(
              "wire_traffic_reduction",
              Measure.WIRE_TRAFFIC_REDUCTION.meaning() + "; of the sample"),
          nanoseconds("transfer_ns", "Mean transfer time over the link"),
          flag("transfer_measured", "true: measured over the imitated link; false: predicted"),
          ratio("late_share", "Checkpoints whose transfer exceeds the interval"),
          ratio("sender_cpu_share", "Sender's CPU time per checkpoint / the interval"),
          ratio("receiver_cpu_share", "The receiver's"),
          new Declared("sender_memory_bytes", "bytes", "Most memory of the sender's structures"),
          new Declared("receiver_memory_bytes", "bytes", "Most memory of the receiver's"),
          text("exceeds", "The limits that it exceeds; empty if none"));

  private static final List<Declared> CLAIMS =
      List.of(
          text("claim", "Name of the claim"),
          text("section", "Where in the paper it stands"),
          text("statement", "What the paper says, in our words"),
          text("paper", "The paper's figure"),
          text("here", "Ours"),
          text("verdict", "What follows, see NUMBERS.md"),
          text("reason", "Why it cannot be told, if so"),
          text("traces", "The series that it was tested on"));

  /** Those of figures, by name; it fails if one is declared twice. */
  private static final Map<String, Declared> BY_NAME =
      Stream.of(SETTINGS, measures(), FIGURES)
          .flatMap(List::stream)
          .collect(Collectors.toMap(Declared::name, one -> one));

  private DerivedColumns() {}

  private static Declared text(String name, String meaning) {
    return new Declared(name, "text", meaning);
  }

  private static Declared ratio(String name, String meaning) {
    return new Declared(name, "ratio", meaning);
  }

  private static Declared nanoseconds(String name, String meaning) {
    return new Declared(name, "nanoseconds", meaning);
  }

  private static Declared flag(String name, String meaning) {
    return new Declared(name, "flag", meaning);
  }

  private static List<Declared> measures() {
    return Stream.of(Measure.values())
        .map(one -> new Declared(one.column(), one.unit().toString(), one.meaning()))
        .toList();
  }

  /**
   * Checks that a figure's numbers are in the data dictionary.
   *
   * @throws IllegalStateException if a column is not
   */
  public static void require(String figure, Table numbers) {
    List<String> names = numbers.columnNames();
    boolean across = !names.isEmpty() && ACROSS_SERIES.contains(names.getFirst());
    for (String name : across ? names.subList(0, 1) : names) {
      if (!BY_NAME.containsKey(name)
          && !BY_NAME.containsKey(name.replaceFirst("_(low|high)$", ""))) {
        throw new IllegalStateException(
            "figure %s: column %s is not in the data dictionary".formatted(figure, name));
      }
    }
  }

  /** Their part of {@code docs/DATA_DICTIONARY.md}. */
  static String markdown() {
    var text = new StringBuilder();
    section(
        text,
        "summary.csv",
        "Beside the figures: one row per setting, of all its trials and, where there are several VMs,"
            + " of each. Times are the median over trials. Here and below numbers are decimals with"
            + " every digit. Each measure M has three columns: M, M`_low` and M`_high`, which are"
            + " empty where M is exact or of one trial alone.",
        Stream.of(SETTINGS, measures()).flatMap(List::stream).toList());
    section(
        text,
        "figures/NAME.csv",
        "The numbers behind the figure NAME: columns of `summary.csv`, as many as it shows, and of"
            + " these.",
        FIGURES);
    section(
        text,
        "figures/NAME-plot.csv",
        "What is drawn, in the units of the axes, for the script `NAME.py`.",
        PLOTS);
    section(
        text,
        "advice.csv",
        "Of `advise --out`: one row per method tried. `_low` and `_high`: the range from stretch to"
            + " stretch of the sample.",
        ADVICE);
    section(text, "claims.csv", "Of `reproduce`: one row per claim of the paper.", CLAIMS);
    return text.toString();
  }

  private static void section(
      StringBuilder text, String file, String what, List<Declared> columns) {
    text.append("\n## ").append(file).append("\n\n").append(what).append("\n\n");
    text.append("| column | unit | meaning |\n|---|---|---|\n");
    text.append(
        columns.stream()
            .map(one -> "| `%s` | %s | %s |\n".formatted(one.name(), one.unit(), one.meaning()))
            .collect(Collectors.joining()));
  }

  /** Columns of a file of a given name, which is not a figure's. */
  public static List<String> of(String file) {
    List<Declared> some =
        switch (file) {
          case "advice.csv" -> ADVICE;
          case "claims.csv" -> CLAIMS;
          case "plot.csv" -> PLOTS;
          default -> throw new IllegalArgumentException(file + ": none of those declared");
        };
    return some.stream().map(Declared::name).toList();
  }
}
