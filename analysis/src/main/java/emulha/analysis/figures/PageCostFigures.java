package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.RowColumn;
import emulha.metrics.PageCostRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Draws what encoding a page takes, by what became of the page. */
public final class PageCostFigures {
  private static final List<RowColumn<PageCostRow>> COLUMNS =
      List.of(
          RowColumn.text("method", row -> row.key().method()),
          RowColumn.text("page_class", PageCostRow::pageClass),
          RowColumn.whole("pages", PageCostRow::pages),
          RowColumn.whole("p5_ns", row -> row.times().p5Ns()),
          RowColumn.whole("p50_ns", row -> row.times().p50Ns()),
          RowColumn.whole("p95_ns", row -> row.times().p95Ns()),
          RowColumn.whole("p99_ns", row -> row.times().p99Ns()),
          RowColumn.whole("max_ns", row -> row.times().maxNs()),
          RowColumn.whole("clock_ns", row -> row.times().clockNs()));

  private PageCostFigures() {}

  /**
   * Draws a figure for each set of series.
   *
   * @param out directory for the figures, made if absent; older files of the same names are
   *     replaced
   * @return the names of the figures drawn
   */
  public static List<String> draw(List<PageCostRow> rows, Path out, Width width)
      throws IOException {
    List<Figure> figures = of(rows);
    Files.createDirectories(out);
    Figures.write(figures, out, width);
    return figures.stream().map(Figure::name).toList();
  }

  static List<Figure> of(List<PageCostRow> rows) {
    List<Figure> figures = new ArrayList<>();
    rows.stream()
        .collect(
            Collectors.groupingBy(PageCostFigures::series, LinkedHashMap::new, Collectors.toList()))
        .forEach((name, group) -> figures.add(figure(name, group)));
    return figures;
  }

  private static String series(PageCostRow row) {
    return row.key().traces()
        + (row.key().origin().equals("synthetic") ? " (synthetic)" : "")
        + " at "
        + Intervals.milliseconds(row.key().intervalNs())
        + " ms";
  }

  private static Figure figure(String name, List<PageCostRow> rows) {
    List<String> classes = rows.stream().map(PageCostRow::pageClass).distinct().toList();
    List<BarSeries> series = new ArrayList<>();
    for (String method : rows.stream().map(row -> row.key().method()).distinct().toList()) {
      List<@Nullable Estimate> values = new ArrayList<>();
      for (String pageClass : classes) {
        values.add(
            rows.stream()
                .filter(
                    row -> row.key().method().equals(method) && row.pageClass().equals(pageClass))
                .findFirst()
                .map(
                    row ->
                        new Estimate(row.times().p50Ns(), row.times().p5Ns(), row.times().p95Ns())
                            .times(1e-3))
                .orElse(null));
      }
      series.add(new BarSeries(method, values));
    }
    return new Figure(
        "page-costs-" + Figures.slug(name),
        "Time to encode a page, by what became of it, %s: median, and from the 5th to the 95th"
                .formatted(name)
            + " percentile.",
        new Bars("page", classes, Axis.fitted("time per page (µs)", true), series),
        RowColumn.table(COLUMNS, rows));
  }
}
