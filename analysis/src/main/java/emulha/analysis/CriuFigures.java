package emulha.analysis;

import emulha.analysis.Figure.Axis;
import emulha.analysis.Figure.BarSeries;
import emulha.analysis.Figure.Bars;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The memhog table and the comparison of compressing after and while dumping, of the CRIU talk. */
final class CriuFigures {
  private static final List<Long> GIBIBYTES = List.of(1L, 2L, 4L, 8L, 16L, 32L);
  private static final double PAGES_PER_GIBIBYTE = 262_144;

  private CriuFigures() {}

  static List<Figure> of(Evidence evidence) {
    List<Figure> figures = new ArrayList<>();
    memhog(figures, evidence.sets());
    storage(figures, evidence.sets());
    time(figures, evidence.sets());
    return figures;
  }

  private static void memhog(List<Figure> figures, List<Summary> sets) {
    List<Summary> some =
        sets.stream()
            .filter(s -> s.workload().toLowerCase(Locale.ROOT).startsWith("memhog"))
            .filter(s -> s.setting().method().matches("(lz4|criu).*"))
            .filter(s -> s.get(Measure.PAYLOAD_BYTES_PER_PAGE).isPresent())
            .toList();
    if (some.isEmpty()) {
      return;
    }
    List<BarSeries> series = new ArrayList<>();
    var method = StringColumn.create("method");
    var size = LongColumn.create("memory_gib");
    var perPage = DoubleColumn.create("payload_bytes_per_page");
    var bytes = DoubleColumn.create("extrapolated_bytes");
    for (Summary summary : some) {
      double page = summary.get(Measure.PAYLOAD_BYTES_PER_PAGE).orElseThrow().value();
      List<@Nullable Estimate> values = new ArrayList<>();
      for (long gibibytes : GIBIBYTES) {
        double all = page * PAGES_PER_GIBIBYTE * gibibytes;
        values.add(Estimate.exact(all * 1e-6));
        method.append(summary.setting().method());
        size.append(gibibytes);
        perPage.append(page);
        bytes.append(all);
      }
      series.add(
          new BarSeries(
              summary.setting().method() + Figures.conditionsOf(some).apply(summary), values));
    }
    figures.add(
        new Figure(
            "criu-lpc-memhog",
            "Compressed size of memory filled by memhog: extrapolated from the exact size of its pages"
                + " (the talk's table: 6.6 MB for 1 GB, 209 MB for 32 GB).",
            new Bars(
                "memory (GiB)",
                GIBIBYTES.stream().map(g -> Long.toString(g)).toList(),
                Axis.fitted("compressed size (MB)", true),
                series),
            Table.create(method, size, perPage, bytes)));
  }

  /** Compressing afterwards needs room for the pages and their compressed form at once. */
  private static void storage(List<Figure> figures, List<Summary> sets) {
    List<Summary> all =
        sets.stream()
            .filter(s -> s.setting().method().startsWith("criu"))
            .filter(s -> s.get(Measure.TOTAL_TRAFFIC_REDUCTION).isPresent())
            .toList();
    List<Summary> some = Figures.sizes(all);
    if (some.isEmpty()) {
      return;
    }
    Function<Summary, String> label = Labels.withInterval(some);
    List<String> categories = some.stream().map(label).distinct().toList();
    List<BarSeries> series = new ArrayList<>();
    for (String name : some.stream().map(s -> s.setting().method()).distinct().toList()) {
      List<@Nullable Estimate> values = new ArrayList<>();
      for (String category : categories) {
        values.add(
            some.stream()
                .filter(s -> s.setting().method().equals(name))
                .filter(s -> label.apply(s).equals(category))
                .findFirst()
                .map(CriuFigures::peakOfRaw)
                .orElse(null));
      }
      series.add(new BarSeries(name, values));
    }
    Table numbers = Numbers.of(some, List.of(Measure.TOTAL_TRAFFIC_REDUCTION));
    numbers.addColumns(
        DoubleColumn.create(
            "peak_storage_of_raw", some.stream().mapToDouble(s -> peakOfRaw(s).value() / 100)));
    figures.add(
        new Figure(
            "criu-lpc-storage",
            "Peak storage while a checkpoint is made, in per cent of its pages: compressing a written"
                + " image needs room for both, compressing while writing only for the result.",
            new Bars(
                "workload",
                categories,
                Axis.fitted("peak storage (% of the pages)", false),
                series),
            numbers));
  }

  private static Estimate peakOfRaw(Summary summary) {
    double compressed = 1 - summary.get(Measure.TOTAL_TRAFFIC_REDUCTION).orElseThrow().value();
    boolean afterwards = summary.setting().method().startsWith("criu-naive");
    return Estimate.exact(100 * (compressed + (afterwards ? 1 : 0)));
  }

  private static void time(List<Figure> figures, List<Summary> sets) {
    List<Summary> some =
        sets.stream()
            .filter(s -> s.setting().method().startsWith("criu"))
            .filter(s -> s.get(Measure.SENDER_CPU_NS_PER_PAGE).isPresent())
            .toList();
    if (!some.isEmpty()) {
      figures.add(
          new Figure(
              "criu-lpc-time",
              "CPU time per page of compressing while dumping and afterwards.",
              Figures.bars(
                  "workload",
                  some,
                  Labels.withInterval(some),
                  s -> s.setting().method(),
                  Measure.SENDER_CPU_NS_PER_PAGE,
                  1e-3,
                  Axis.fitted("CPU time per page (µs)", false)),
              Numbers.of(some, List.of(Measure.SENDER_CPU_NS_PER_PAGE))));
    }
  }
}
