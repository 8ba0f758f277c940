package emulha.papers.hou2013;

import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.papers.ReportTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Average checkpoint sizes beside those of the paper's Table 2. */
final class Table2 {
  private static final List<Integer> INTERVALS_MS = List.of(25, 50, 100, 1000, 2000, 5000);

  /**
   * A row of the paper's.
   *
   * @param name of the workload there
   * @param ours workloads of recordings of the same kind
   * @param megabytes at {@link #INTERVALS_MS}
   */
  private record Theirs(String name, Pattern ours, List<Double> megabytes) {}

  private static final List<Theirs> PAPER =
      List.of(
          new Theirs(
              "HPC-C", Pattern.compile("(?i)hpc-?c.*"), List.of(1.7, 2.1, 3.1, 13.1, 18.2, 19.3)),
          new Theirs(
              "VoltDB",
              Pattern.compile("(?i)(voltdb|oltp).*"),
              List.of(9.6, 13.2, 20.0, 114.4, 207.5, 396.7)),
          new Theirs(
              "RUBiS",
              Pattern.compile("(?i)(rubis|webshop).*"),
              List.of(3.7, 4.1, 4.4, 8.2, 11.4, 13.0)),
          new Theirs(
              "FFmpeg", Pattern.compile("(?i)ffmpeg.*"), List.of(5.4, 6.8, 8.0, 10.8, 12.9, 19.0)));

  private Table2() {}

  static Optional<ReportTable> of(List<Summary> sets) {
    List<Summary> sizes =
        Intervals.inOrder(
            sets.stream().filter(s -> s.setting().uncompressed() && s.vms() == 1).toList());
    if (sizes.isEmpty()) {
      return Optional.empty();
    }
    Function<Summary, String> label = Labels.of(sizes);
    Map<String, Map<Long, Summary>> rows = new LinkedHashMap<>();
    for (Summary size : sizes) {
      rows.computeIfAbsent(label.apply(size), name -> new LinkedHashMap<>())
          .putIfAbsent(size.setting().intervalNs(), size);
    }
    Table shown = Table.create(StringColumn.create("workload", rows.keySet()));
    for (int interval : INTERVALS_MS) {
      var column = StringColumn.create(interval + " ms");
      for (Map<Long, Summary> row : rows.values()) {
        Summary size = row.get(interval * 1_000_000L);
        column.append(size == null ? "" : cell(size, paper(size)));
      }
      shown.addColumns(column);
    }
    Table numbers = Numbers.of(sizes, List.of(Measure.CHECKPOINT_BYTES));
    var paper = DoubleColumn.create("paper_megabytes");
    sizes.forEach(size -> paper.appendObj(paper(size)));
    return Optional.of(
        new ReportTable(
            "hou-table-2",
            "Average checkpoint in MB by workload and interval; in brackets Hou Table 2.",
            shown,
            1,
            numbers.addColumns(paper)));
  }

  private static String cell(Summary size, @Nullable Double paper) {
    String ours = TableText.rounded(size.value(Measure.CHECKPOINT_BYTES) * 1e-6);
    return paper == null ? ours : "%s (%s)".formatted(ours, TableText.rounded(paper));
  }

  /** The paper's figure for a workload of the same kind at the same interval; null without one. */
  private static @Nullable Double paper(Summary size) {
    int at = INTERVALS_MS.indexOf((int) (size.setting().intervalNs() / 1_000_000));
    return at < 0 || INTERVALS_MS.get(at) * 1_000_000L != size.setting().intervalNs()
        ? null
        : PAPER.stream()
            .filter(row -> row.ours().matcher(size.of().workload()).matches())
            .findFirst()
            .map(row -> row.megabytes().get(at))
            .orElse(null);
  }
}
