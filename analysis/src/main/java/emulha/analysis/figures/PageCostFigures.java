package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Groups;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.RowColumn;
import emulha.metrics.PageCostRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

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
    return Gallery.of(figures, Figures.palette(figures), width).write(out);
  }

  static List<Figure> of(List<PageCostRow> rows) {
    return Groups.by(PageCostFigures::series, rows).entrySet().stream()
        .map(group -> figure(group.getKey(), group.getValue()))
        .toList();
  }

  private static String series(PageCostRow row) {
    return row.key().traces()
        + (row.key().origin().equals("synthetic") ? " (synthetic)" : "")
        + " at "
        + Intervals.milliseconds(row.key().intervalNs())
        + " ms";
  }

  private static Figure figure(String name, List<PageCostRow> rows) {
    return new Figure(
        "page-costs-" + Figures.slug(name),
        "Time to encode a page, by what became of it, %s: median, and from the 5th to the 95th"
                .formatted(name)
            + " percentile.",
        Bars.of(
            "page",
            rows.stream().map(PageCostRow::pageClass).distinct().toList(),
            Axis.fitted("time per page (µs)", true),
            rows.stream().map(row -> row.key().method()).distinct().toList(),
            (method, pageClass) ->
                rows.stream()
                    .filter(row -> row.key().method().equals(method))
                    .filter(row -> row.pageClass().equals(pageClass))
                    .map(PageCostRow::times)
                    .findFirst()
                    .map(ns -> new Estimate(ns.p50Ns(), ns.p5Ns(), ns.p95Ns()).times(1e-3))
                    .orElse(null)),
        RowColumn.table(COLUMNS, rows));
  }
}
