package emulha.analysis.drawing;

import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Mark;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.drawing.Figure.Style;
import emulha.analysis.drawing.Scale.Range;
import emulha.analysis.drawing.Scale.Tick;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.TableText;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A figure drawn for print: white ground, no bold, Liberation Sans 7 to 8 pt, whiskers for
 * intervals of 95 % or more, and dashed lines for the ranges of fewer trials. Its legend is above
 * it, or, where that would take more than a third of its height, in a {@link Legend} for all
 * figures. One thread only.
 */
public final class Drawing {
  static final int GAP = 8;

  private static final Color CLEAR = new Color(0, 0, 0, 0);

  /** Length of the marks at labels, and from there to the labels. */
  private static final int MARK = 5;

  private static final int TITLE_LINE = 22;
  static final int LEGEND_LINE = 20;

  /** A legend that takes more of a figure's height stands in a figure of its own. */
  private static final int LEGEND_PART = 3;

  /** What of a legend and of labels below the plot the usual height has room for. */
  private static final int USUAL_LEGEND = GAP + 2 * LEGEND_LINE;

  private static final int USUAL_LINES = 2;

  /** Least distance between the labels of an axis. */
  private static final double ACROSS = 60;

  private static final double UPWARDS = 36;

  static final int SWATCH = 28;

  /** The part of a category's width that its bars take. */
  private static final double SPACE_FILL = 0.85;

  /** Diameter of dots, and the least where there are many. */
  static final int DOT = 9;

  private static final int LEAST_DOT = 4;

  /** A bar of less than this part of the axis has its value written above it. */
  private static final double LOW_BAR = 0.03;

  static final int TICK_FONT = 14;
  private static final int TITLE_FONT = 16;
  private static final int LABEL_LINE = 17;

  /** Labels below bars that have no room for a word are smaller, down to this. */
  private static final int LEAST_LABEL_FONT = 11;

  /** Then they are upright, of this size, and broken where they are longer than this. */
  private static final int UPRIGHT_FONT = 12;

  private static final double UPRIGHT_ROOM = 120;

  /** Least distance between the labels of two categories. */
  private static final int LABEL_GAP = 4;

  private static final Color GRID = new Color(0xDDDDDD);
  static final Color GREY = new Color(0xA0A0A0);
  static final BasicStroke THIN = new BasicStroke(1.4f);

  /** Of a range that is no interval. */
  private static final BasicStroke DASHED =
      new BasicStroke(
          1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {2.2f, 2.2f}, 0);

  private static final BasicStroke HALO = new BasicStroke(2.8f);
  private static final BasicStroke AXIS = new BasicStroke(1.2f);
  static final BasicStroke HAIR = new BasicStroke(1f);
  private static final BasicStroke GUIDE =
      new BasicStroke(
          1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {8, 5}, 0);

  private final Figure figure;
  private final Palette palette;
  private final int width;
  private final int height;
  private final boolean legendApart;

  public Drawing(Figure figure, Palette palette, Width size) {
    this.figure = figure;
    this.palette = palette;
    this.width = (int) Math.round(size.widthInches * Sheet.UNITS);
    // Long legends and labels make a figure higher, not its plot lower.
    int without =
        (int) Math.round(size.heightInches * Sheet.UNITS)
            + (figure.plot() instanceof Bars bars
                ? Math.max(0, labels(bars).height() - LABEL_LINE * USUAL_LINES)
                : 0);
    int legend = height(legend(true));
    int with = without + Math.max(0, legend - USUAL_LEGEND);
    this.legendApart = LEGEND_PART * legend > with;
    this.height = legendApart ? without + Math.max(0, height(legend(false)) - USUAL_LEGEND) : with;
  }

  public Figure figure() {
    return figure;
  }

  /** What stands beside it: the figure's caption, and where its legend is if it has none. */
  public String caption() {
    return figure.caption() + (namesElsewhere().isEmpty() ? "" : Legend.NOTE);
  }

  /**
   * The names whose looks a legend elsewhere has to explain: none, if there is room for them here.
   */
  public List<String> namesElsewhere() {
    return legendApart ? names().stream().filter(name -> !isGuide(name)).toList() : List.of();
  }

  public Sheet sheet() {
    return new Sheet(figure.name(), width, height, this::paint);
  }

  private void paint(Ink ink) {
    legend(ink);
    int top = height(legend(!legendApart));
    ink.translate(0, top);
    switch (figure.plot()) {
      case Bars bars -> bars(ink, bars, height - top);
      case Curves curves -> curves(ink, curves, height - top);
    }
  }

  /** An entry of the legend and where its upper left corner is. */
  private record Entry(String name, double x, double y) {}

  /** What a legend has to name. */
  private List<String> names() {
    List<String> names = new ArrayList<>(figure.plot().names());
    if (figure.plot() instanceof Bars bars && !bars.guides().isEmpty()) {
      names.add(bars.guide());
    }
    if (figure.plot() instanceof Curves curves) {
      names.removeAll(curves.marks().stream().map(Mark::text).toList());
    }
    names.removeIf(String::isEmpty);
    return names;
  }

  /** Whether a name is that of a reference, which looks alike everywhere. */
  private boolean isGuide(String name) {
    return switch (figure.plot()) {
      case Bars bars -> bars.guide().equals(name);
      case Curves curves ->
          curves.curves().stream()
              .anyMatch(curve -> curve.name().equals(name) && curve.style() == Style.GUIDE);
    };
  }

  /** The legend's entries, of all names or of references alone, in as many rows as they need. */
  private List<Entry> legend(boolean all) {
    List<Entry> entries = new ArrayList<>();
    double x = GAP;
    double y = GAP;
    for (String name : names()) {
      if (!all && !isGuide(name)) {
        continue;
      }
      double entry = SWATCH + 6 + Typeface.width(name, TICK_FONT);
      if (x > GAP && x + entry > width - GAP) {
        x = GAP;
        y += LEGEND_LINE;
      }
      entries.add(new Entry(name, x, y));
      x += entry + 16;
    }
    return entries;
  }

  private static int height(List<Entry> entries) {
    return LEGEND_LINE + (entries.isEmpty() ? GAP : (int) entries.getLast().y());
  }

  private void legend(Ink ink) {
    for (Entry entry : legend(!legendApart)) {
      swatch(ink, entry.name(), entry.x(), entry.y());
      ink.setColor(Color.BLACK);
      ink.text(entry.name(), TICK_FONT, entry.x() + SWATCH + 6, entry.y() + 12);
    }
  }

  private void swatch(Ink ink, String name, double x, double y) {
    switch (figure.plot()) {
      case Bars bars when bars.names().contains(name) && bars.y().log() -> {
        ink.setColor(new Color(palette.of(name).color().getRGB()));
        palette.of(name).marker().paint(ink, x + SWATCH / 2.0, y + 7, DOT);
      }
      case Bars bars when bars.names().contains(name) -> {
        ink.setColor(palette.of(name).color());
        ink.fill(new Rectangle2D.Double(x, y, SWATCH, 14));
      }
      case Bars bars -> {
        ink.pen(Color.BLACK, GUIDE);
        ink.draw(new Line2D.Double(x, y + 7, x + SWATCH, y + 7));
      }
      case Curves curves -> {
        Curve curve =
            curves.curves().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
        ink.setColor(color(curve));
        if (curve.style() != Style.POINTS && curve.style() != Style.GREYED) {
          ink.setStroke(curve.style() == Style.GUIDE ? GUIDE : palette.of(name).stroke());
          ink.draw(new Line2D.Double(x, y + 7, x + SWATCH, y + 7));
        }
        if (EnumSet.of(Style.LINE, Style.POINTS, Style.GREYED).contains(curve.style())) {
          palette.of(name).marker().paint(ink, x + SWATCH / 2.0, y + 7, 9);
        }
      }
    }
  }

  private Color color(Curve curve) {
    return switch (curve.style()) {
      case GUIDE -> Color.BLACK;
      case GREYED -> GREY;
      case LINE, POINTS, SMOOTH, STEPS -> new Color(palette.of(curve.name()).color().getRGB());
    };
  }

  /**
   * Labels of categories: the chart library lets long ones overlap and leaves out the last.
   *
   * @param lines the lines of each
   * @param font size of the text
   * @param upright whether they are written upwards, side by side
   */
  private record CategoryLabels(List<List<String>> lines, int font, boolean upright) {
    private int mostLines() {
      return lines.stream().mapToInt(List::size).max().orElse(1);
    }

    /** Room that they take below the plot. */
    int height() {
      return upright
          ? LABEL_GAP
              + (int)
                  Math.ceil(
                      lines.stream()
                          .flatMap(List::stream)
                          .mapToDouble(line -> Typeface.width(line, font))
                          .max()
                          .orElse(0))
          : LABEL_LINE * mostLines();
    }

    /**
     * Draws the label of one category, whose middle is at {@code x}, below a plot that ends at y.
     */
    void draw(Ink ink, int category, double x, double y) {
      List<String> label = lines.get(category);
      for (int line = 0; line < label.size(); line++) {
        String text = label.get(line);
        if (upright) {
          double baseline = x + LABEL_LINE * (line - (label.size() - 1) / 2.0) + font * 0.35;
          ink.setColor(Color.BLACK);
          ink.textUpwards(text, font, baseline, y + LABEL_GAP, -Typeface.width(text, font));
        } else {
          centred(ink, text, font, x, y + LABEL_LINE * (line + 1) + 1);
        }
      }
    }
  }

  /** The categories: in lines, smaller if a word has no room, upright if even that is too wide. */
  private CategoryLabels labels(Bars bars) {
    double step = (width - 120.0) / bars.categories().size();
    double fitting = TICK_FONT * Math.min(1, (step - LABEL_GAP) / longestWord(bars, TICK_FONT));
    if (fitting >= LEAST_LABEL_FONT) {
      return new CategoryLabels(
          wrapped(bars, step - LABEL_GAP, (int) fitting), (int) fitting, false);
    }
    double room = Math.max(UPRIGHT_ROOM, longestWord(bars, UPRIGHT_FONT));
    var labels = new CategoryLabels(wrapped(bars, room, UPRIGHT_FONT), UPRIGHT_FONT, true);
    return labels.mostLines() * LABEL_LINE <= step
        ? labels
        : new CategoryLabels(wrapped(bars, Double.MAX_VALUE, UPRIGHT_FONT), UPRIGHT_FONT, true);
  }

  private static List<List<String>> wrapped(Bars bars, double room, int font) {
    return bars.categories().stream().map(name -> wrapped(name, room, font)).toList();
  }

  private static double longestWord(Bars bars, int font) {
    return bars.categories().stream()
        .flatMap(name -> Stream.of(name.split(" ")))
        .mapToDouble(word -> Typeface.width(word, font))
        .max()
        .orElse(0);
  }

  private void bars(Ink ink, Bars bars, int height) {
    CategoryLabels labels = labels(bars);
    Range range =
        Range.of(
            bars.y(),
            DoubleStream.concat(
                bars.estimates().stream().flatMapToDouble(Drawing::ends),
                // Not on the frame, where it could not be seen.
                bars.guides().stream()
                    .flatMapToDouble(at -> DoubleStream.of(at / 1.05, at * 1.05))));
    var y = new Scale(bars.y(), range, height - GAP - labels.height() - 6 - TITLE_LINE);
    double left = left(y);
    double plot = Math.floor(width - left - 2 * GAP);
    ink.translate(left, GAP);
    grid(ink, y, plot);
    double step = plot / bars.categories().size();
    if (bars.y().log()) {
      between(ink, bars.categories().size(), step, y.length());
    }
    var chart = new CategoryChart((int) plot, (int) y.length());
    style(chart, bars.y(), range);
    chart.getStyler().setAvailableSpaceFill(SPACE_FILL);
    for (BarSeries one : bars.series()) {
      var series =
          chart.addSeries(
              one.name(),
              bars.categories(),
              one.values().stream()
                  .map(v -> v == null || bars.y().log() ? Double.NaN : v.value())
                  .toList());
      series.setChartCategorySeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Bar);
      series.setFillColor(palette.of(one.name()).color());
    }
    chart.paint(ink, (int) plot, (int) y.length());
    frame(ink, plot, y.length());
    double slot = step * SPACE_FILL / bars.series().size();
    for (int s = 0; s < bars.series().size(); s++) {
      BarSeries one = bars.series().get(s);
      for (int c = 0; c < bars.categories().size(); c++) {
        Estimate value = one.values().get(c);
        if (value != null && (!bars.y().log() || value.value() <= 0 || y.holds(value.value()))) {
          double x = step * c + step * (1 - SPACE_FILL) / 2 + slot * (s + 0.5);
          value(ink, bars.y(), y, palette.of(one.name()), x, slot, value);
          // Over one another texts could not be read; the values stand in the figure's table.
          boolean crowded =
              slot < LEAST_LABEL_FONT
                  && upright(bars, y, s, c, slot)
                  && (upright(bars, y, s - 1, c, slot) || upright(bars, y, s + 1, c, slot));
          if (low(bars.y(), y, value) && !crowded) {
            above(ink, text(value), x, y.screen(value.high()), slot);
          }
        }
      }
    }
    axis(ink, y, bars.y().label(), left);
    for (int c = 0; c < bars.categories().size(); c++) {
      labels.draw(ink, c, (c + 0.5) * step, y.length());
    }
    centred(ink, bars.x(), TITLE_FONT, plot / 2, y.length() + labels.height() + 6 + 14);
    ink.pen(Color.BLACK, GUIDE);
    for (int c = 0; c < bars.guides().size(); c++) {
      double at = y.screen(bars.guides().get(c));
      ink.draw(new Line2D.Double(c * step, at, (c + 1) * step, at));
    }
  }

  /** Lines between the categories of dots, which nothing else holds together. */
  private static void between(Ink ink, int categories, double step, double height) {
    ink.pen(GRID, HAIR);
    for (int c = 1; c < categories; c++) {
      ink.draw(new Line2D.Double(c * step, 0, c * step, height));
    }
  }

  /** What belongs to a value beside its bar: its dot and its whisker. */
  private static void value(
      Ink ink, Axis axis, Scale y, Palette.Look look, double x, double slot, Estimate value) {
    if (axis.log() && value.value() <= 0) {
      return;
    }
    if (axis.log()) {
      ink.setColor(new Color(look.color().getRGB()));
      look.marker().paint(ink, x, y.screen(value.value()), (int) Math.clamp(slot, LEAST_DOT, DOT));
    }
    whisker(ink, y, x, value);
  }

  /** Whether a bar is too low to be seen, or a dot cannot be, so that its value stands there. */
  private static boolean low(Axis axis, Scale y, Estimate value) {
    return axis.log()
        ? value.value() <= 0
        : value.value() >= 0 && y.along(value.value()) - y.along(0) < LOW_BAR * y.length();
  }

  private static String text(Estimate value) {
    return value.value() <= 0 ? "0" : TableText.rounded(value.value());
  }

  /** Whether a series, if there is one of this number, has a low value that stands upright. */
  private static boolean upright(Bars bars, Scale y, int series, int category, double room) {
    if (series < 0 || series >= bars.series().size()) {
      return false;
    }
    Estimate value = bars.series().get(series).values().get(category);
    return value != null && low(bars.y(), y, value) && upright(text(value), room);
  }

  private static boolean upright(String text, double room) {
    return Typeface.width(text, LEAST_LABEL_FONT) > room && text.length() > 1;
  }

  /** A small text over a place, upright if there is no room for it lying. */
  private static void above(Ink ink, String text, double x, double y, double room) {
    double wide = Typeface.width(text, LEAST_LABEL_FONT);
    double foot = y - LABEL_GAP;
    ink.setColor(Color.BLACK);
    if (upright(text, room)) {
      ink.textUpwards(text, LEAST_LABEL_FONT, x + LEAST_LABEL_FONT * 0.35, foot, 0);
    } else {
      ink.text(text, LEAST_LABEL_FONT, x - wide / 2, foot);
    }
  }

  /** Room left of the plot: the axis' title, labels and marks. */
  private static double left(Scale y) {
    return GAP
        + TITLE_LINE
        + Math.ceil(y.ticks(UPWARDS).stream().mapToDouble(Tick::width).max().orElse(0))
        + 2 * MARK;
  }

  /** Lines across the plot at the labels of the vertical axis. */
  private static void grid(Ink ink, Scale y, double plot) {
    ink.pen(GRID, HAIR);
    for (Tick tick : y.ticks(UPWARDS)) {
      double at = y.screen(tick.value());
      ink.draw(new Line2D.Double(0, at, plot, at));
    }
  }

  /** Marks and labels of the vertical axis, and its title. */
  private static void axis(Ink ink, Scale y, String title, double left) {
    ink.pen(Color.BLACK, AXIS);
    for (double value : y.minor()) {
      double at = y.screen(value);
      ink.draw(new Line2D.Double(-MARK / 2.0, at, 0, at));
    }
    for (Tick tick : y.ticks(UPWARDS)) {
      double at = y.screen(tick.value());
      ink.draw(new Line2D.Double(-MARK, at, 0, at));
      tick.draw(ink, -2 * MARK - tick.width(), at + 5);
    }
    ink.textUpwards(
        title, TITLE_FONT, GAP + 12 - left, y.length() / 2, -Typeface.width(title, TITLE_FONT) / 2);
  }

  private static void centred(Ink ink, String text, int font, double x, double baseline) {
    ink.setColor(Color.BLACK);
    ink.text(text, font, x - Typeface.width(text, font) / 2, baseline);
  }

  /** A label in as many lines as it needs: broken at blanks, and anywhere in what is too long. */
  public static List<String> wrapped(String label, double room, int font) {
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder();
    for (String word : label.split("(?<= )", -1)) {
      if (!line.isEmpty() && Typeface.width(line + word.strip(), font) > room) {
        lines.add(line.toString().strip());
        line.setLength(0);
      }
      for (int at = 0; at < word.length(); at++) {
        if (!line.isEmpty()
            && word.charAt(at) != ' '
            && Typeface.width(line.toString() + word.charAt(at), font) > room) {
          lines.add(line.toString());
          line.setLength(0);
        }
        line.append(word.charAt(at));
      }
    }
    lines.add(line.toString().strip());
    return lines;
  }

  private void curves(Ink ink, Curves curves, int height) {
    Range xRange =
        Range.of(
            curves.x(),
            curves.curves().stream().flatMap(c -> c.points().stream()).mapToDouble(Point::x));
    Range yRange = Range.of(curves.y(), curves.estimates().stream().flatMapToDouble(Drawing::ends));
    var y = new Scale(curves.y(), yRange, height - GAP - LABEL_LINE - 6 - TITLE_LINE);
    double left = left(y);
    double plot = Math.floor(width - left - 2 * GAP);
    var x = new Scale(curves.x(), xRange, plot);
    ink.translate(left, GAP);
    grid(ink, y, plot);
    for (Tick tick : x.ticks(ACROSS)) {
      double at = x.along(tick.value());
      ink.draw(new Line2D.Double(at, 0, at, y.length()));
    }
    var chart = new XYChart((int) plot, (int) y.length());
    style(chart, curves.y(), yRange);
    chart.getStyler().setXAxisLogarithmic(curves.x().log());
    chart.getStyler().setXAxisMin(xRange.min());
    chart.getStyler().setXAxisMax(xRange.max());
    List<Shape> drawn = new ArrayList<>();
    for (Curve curve : curves.curves()) {
      var points =
          corners(curve).stream()
              .filter(p -> !curves.x().log() || p.x() > 0)
              .filter(p -> !curves.y().log() || p.y().value() > 0)
              .filter(p -> y.holds(p.y().value()))
              .toList();
      if (points.isEmpty()) {
        continue;
      }
      XYSeries series =
          chart.addSeries(
              curve.name(),
              points.stream().mapToDouble(Point::x).toArray(),
              points.stream().mapToDouble(p -> p.y().value()).toArray());
      series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
      series.setMarkerColor(color(curve));
      // The library draws lines over whole units, piece by piece: steps, and dashes that begin
      // anew.
      series.setLineStyle(SeriesLines.NONE);
      drawn.add(line(ink, curve, points, x, y));
      series.setMarker(
          switch (curve.style()) {
            case LINE, POINTS, GREYED -> palette.of(curve.name()).marker();
            case SMOOTH, STEPS, GUIDE -> SeriesMarkers.NONE;
          });
    }
    chart.paint(ink, (int) plot, (int) y.length());
    frame(ink, plot, y.length());
    for (Curve curve : curves.curves()) {
      for (Point point : curve.points()) {
        if ((!curves.x().log() || point.x() > 0) && y.holds(point.y().value())) {
          whisker(ink, y, x.along(point.x()), point.y());
        }
      }
    }
    new MarkTexts(x, y, drawn).draw(ink, curves.marks());
    axis(ink, y, curves.y().label(), left);
    ink.setStroke(AXIS);
    for (double value : x.minor()) {
      double at = x.along(value);
      ink.draw(new Line2D.Double(at, y.length(), at, y.length() + MARK / 2.0));
    }
    for (Tick tick : x.ticks(ACROSS)) {
      double at = x.along(tick.value());
      ink.draw(new Line2D.Double(at, y.length(), at, y.length() + MARK));
      tick.draw(
          ink,
          Math.clamp(at - tick.width() / 2, -left, plot + 2 * GAP - tick.width()),
          y.length() + LABEL_LINE + 3);
    }
    centred(ink, curves.x().label(), TITLE_FONT, plot / 2, y.length() + LABEL_LINE + 6 + 16);
  }

  /** Draws the line of a curve, if it has one; returns the area that it covers. */
  private Shape line(Ink ink, Curve curve, List<Point> points, Scale x, Scale y) {
    var path = new Path2D.Double();
    if (curve.style() == Style.POINTS || curve.style() == Style.GREYED) {
      return path;
    }
    for (Point point : points) {
      double atX = x.along(point.x());
      double atY = y.screen(point.y().value());
      if (path.getCurrentPoint() == null) {
        path.moveTo(atX, atY);
      } else {
        path.lineTo(atX, atY);
      }
    }
    ink.pen(color(curve), curve.style() == Style.GUIDE ? GUIDE : palette.of(curve.name()).stroke());
    ink.draw(path);
    return THIN.createStrokedShape(path);
  }

  private static void frame(Ink ink, double plot, double height) {
    ink.pen(Color.BLACK, AXIS);
    ink.draw(new Rectangle2D.Double(0, 0, plot, height));
  }

  /** The points to join by straight lines. */
  private static List<Point> corners(Curve curve) {
    if (curve.style() != Style.STEPS) {
      return curve.points();
    }
    List<Point> corners = new ArrayList<>();
    for (Point point : curve.points()) {
      if (!corners.isEmpty()) {
        corners.add(new Point(point.x(), corners.getLast().y()));
      }
      corners.add(point);
    }
    return corners;
  }

  private static void whisker(Ink ink, Scale y, double x, Estimate value) {
    if (!value.hasInterval()) {
      return;
    }
    double low = y.screen(value.low());
    double high = y.screen(value.high());
    // The white below shows it on a dark bar.
    for (BasicStroke stroke : List.of(HALO, value.decides() ? THIN : DASHED)) {
      ink.pen(stroke == HALO ? Color.WHITE : Color.BLACK, stroke);
      ink.draw(new Line2D.Double(x, low, x, high));
      if (!value.decides()) {
        continue;
      }
      ink.draw(new Line2D.Double(x - 3.5, low, x + 3.5, low));
      ink.draw(new Line2D.Double(x - 3.5, high, x + 3.5, high));
    }
  }

  /** Nothing but the plot: the library leaves out labels, and has no raised exponents. */
  private static void style(AxesChart<?, ?> chart, Axis y, Range range) {
    AxesChartStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(CLEAR);
    styler.setPlotBackgroundColor(CLEAR);
    styler.setPlotBorderVisible(false);
    styler.setPlotContentSize(1);
    styler.setPlotMargin(0);
    styler.setPlotGridLinesVisible(false);
    styler.setPlotTicksMarksVisible(false);
    styler.setChartTitleVisible(false);
    styler.setLegendVisible(false);
    styler.setChartPadding(0);
    styler.setXAxisTicksVisible(false);
    styler.setYAxisTicksVisible(false);
    styler.setXAxisTitleVisible(false);
    styler.setYAxisTitleVisible(false);
    styler.setBaseFont(Typeface.sans(TICK_FONT));
    styler.setMarkerSize(9);
    styler.setAntiAlias(true);
    styler.setLocale(Locale.ROOT);
    styler.setYAxisLogarithmic(y.log());
    styler.setYAxisMin(range.min());
    styler.setYAxisMax(range.max());
  }

  private static DoubleStream ends(Estimate value) {
    return DoubleStream.of(value.low(), value.value(), value.high());
  }
}
