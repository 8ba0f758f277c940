package emulha.analysis.drawing;

import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.RowColumn;
import emulha.analysis.measures.TableText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.Table;

/** A figure for who finishes it elsewhere: what is drawn as a table, and a script that draws it. */
public final class PlotScript {
  private record Drawn(String series, String x, Estimate value) {}

  private static final List<RowColumn<Drawn>> COLUMNS =
      List.of(
          RowColumn.text("series", Drawn::series),
          RowColumn.text("x", Drawn::x),
          RowColumn.number("value", one -> one.value().value()),
          RowColumn.number("low", one -> one.value().low()),
          RowColumn.number("high", one -> one.value().high()),
          RowColumn.flag("is_interval", one -> one.value().decides()));

  private PlotScript() {}

  /** A row for each value drawn: its series, where it stands, and its interval or range. */
  public static Table data(Figure figure) {
    List<Drawn> all = new ArrayList<>();
    switch (figure.plot()) {
      case Bars bars -> {
        for (BarSeries one : bars.series()) {
          for (int c = 0; c < bars.categories().size(); c++) {
            Estimate value = one.values().get(c);
            if (value != null) {
              all.add(new Drawn(one.name(), bars.categories().get(c), value));
            }
          }
        }
        for (int c = 0; c < bars.guides().size(); c++) {
          all.add(
              new Drawn(
                  bars.guide(), bars.categories().get(c), Estimate.exact(bars.guides().get(c))));
        }
      }
      case Curves curves -> {
        for (Curve one : curves.curves()) {
          for (Point point : one.points()) {
            all.add(new Drawn(one.name(), TableText.plain(point.x()), point.y()));
          }
        }
      }
    }
    return RowColumn.table(COLUMNS, all);
  }

  /** The script, in Python with matplotlib, which reads {@link #data}. */
  public static String python(Figure figure, Width width) {
    Axis y = figure.plot().y();
    String kind = figure.plot() instanceof Curves ? "curves" : y.log() ? "dots" : "bars";
    String x =
        switch (figure.plot()) {
          case Bars bars -> bars.x();
          case Curves curves -> curves.x().label();
        };
    boolean xLog = figure.plot() instanceof Curves curves && curves.x().log();
    return Resources.text(PlotScript.class, "plot.py")
        .replace("@NAME@", figure.name())
        .replace("@KIND@", kind)
        .replace("@X@", quoted(x))
        .replace("@Y@", quoted(y.label()))
        .replace("@XLOG@", xLog ? "True" : "False")
        .replace("@YLOG@", y.log() ? "True" : "False")
        .replace("@WIDTH@", String.format(Locale.ROOT, "%.2f", width.widthInches))
        .replace("@HEIGHT@", String.format(Locale.ROOT, "%.2f", width.heightInches));
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
