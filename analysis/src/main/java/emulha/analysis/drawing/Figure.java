package emulha.analysis.drawing;

import emulha.analysis.measures.DerivedColumns;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;

/**
 * A figure, before it is drawn.
 *
 * @param name name of its files: lower-case letters, digits and hyphens
 * @param what what it shows, in a sentence or two
 * @param plot what is drawn, in the units of the axes
 * @param numbers the numbers behind it, unrounded, in the units of the columns' names
 */
public record Figure(String name, String what, Plot plot, Table numbers) {
  /** Checks the name, and that the columns of the numbers are in the data dictionary. */
  public Figure {
    DerivedColumns.require(name, numbers);
    if (!name.matches("[a-z0-9][a-z0-9-]*")) {
      throw new IllegalArgumentException("not a figure's name: '%s'".formatted(name));
    }
  }

  /** Whether there is nothing to draw. */
  public boolean isEmpty() {
    return plot.estimates().isEmpty();
  }

  /** What it shows, with what rests on disturbed trials, and what its whiskers are. */
  public String caption() {
    return what + Numbers.onDisturbed(numbers) + whiskers(plot);
  }

  /** What the whiskers of a plot are, if it has any. */
  private static String whiskers(Plot plot) {
    List<Estimate> all = plot.estimates().stream().filter(Estimate::hasInterval).toList();
    List<Integer> trials =
        all.stream()
            .filter(Estimate::decides)
            .map(Estimate::trials)
            .filter(n -> n != Estimate.COUNTED)
            .distinct()
            .sorted()
            .toList();
    String text = "";
    if (!trials.isEmpty()) {
      text +=
          " Whiskers: the median over trials lies within with 95 %% or more (n = %s)."
              .formatted(
                  trials.size() == 1
                      ? trials.getFirst()
                      : trials.getFirst() + " to " + trials.getLast());
    }
    if (all.stream().anyMatch(one -> !one.decides())) {
      text += " Dashed: the range of fewer than six trials, which is no interval.";
    }
    return text;
  }

  public sealed interface Plot {
    /** Names of the series in the order of the legend. */
    List<String> names();

    Axis y();

    List<Estimate> estimates();
  }

  /**
   * An axis.
   *
   * @param label quantity and unit
   * @param log whether logarithmic
   * @param min smallest value on it, or null to fit the data
   * @param max largest value on it, or null to fit the data
   * @param exact whether what lies beyond min and max is cut off; if not, the axis goes there
   */
  public record Axis(
      String label, boolean log, @Nullable Double min, @Nullable Double max, boolean exact) {
    /** One that goes as far as the data. */
    public Axis(String label, boolean log, @Nullable Double min, @Nullable Double max) {
      this(label, log, min, max, false);
    }

    /** Fits the data; a linear axis starts at 0 if the data do not go below. */
    public static Axis fitted(String label, boolean log) {
      return new Axis(label, log, null, null);
    }

    /** A share in per cent, from 0 to 100. */
    public static Axis percent(String label) {
      return new Axis(label, false, 0.0, 100.0);
    }
  }

  /**
   * Bars in groups, one group a category, one bar a series. On a logarithmic axis, where no bar has
   * a foot, dots.
   *
   * @param x what the categories are
   * @param categories their names, in order; none is left out
   * @param y the axis of the values
   * @param series the series
   * @param guides a line across each category at this value, or empty for none
   * @param guide what the lines are
   */
  public record Bars(
      String x,
      List<String> categories,
      Axis y,
      List<BarSeries> series,
      List<Double> guides,
      String guide)
      implements Plot {
    /** Checks that each series has a place for each category, and leaves out those without bars. */
    public Bars {
      for (BarSeries one : series) {
        if (one.values().size() != categories.size()) {
          throw new IllegalArgumentException(
              "series %s: %d values for %d categories"
                  .formatted(one.name(), one.values().size(), categories.size()));
        }
      }
      series =
          series.stream().filter(one -> one.values().stream().anyMatch(Objects::nonNull)).toList();
    }

    public Bars(String x, List<String> categories, Axis y, List<BarSeries> series) {
      this(x, categories, y, series, List.of(), "");
    }

    /** Of what each of some series has in each category, null where it has nothing. */
    public static Bars of(
        String x,
        List<String> categories,
        Axis y,
        List<String> series,
        BiFunction<String, String, @Nullable Estimate> value) {
      List<BarSeries> all = new ArrayList<>();
      for (String name : series) {
        List<@Nullable Estimate> values = new ArrayList<>();
        categories.forEach(category -> values.add(value.apply(name, category)));
        all.add(new BarSeries(name, values));
      }
      return new Bars(x, categories, y, all);
    }

    public Bars withAxis(Axis other) {
      return new Bars(x, categories, other, series, guides, guide);
    }

    /** The same with a line across each category. */
    public Bars withGuides(List<Double> at, String what) {
      return new Bars(x, categories, y, series, at, what);
    }

    @Override
    public List<String> names() {
      return series.stream().map(BarSeries::name).toList();
    }

    @Override
    public List<Estimate> estimates() {
      return series.stream()
          .flatMap(one -> one.values().stream())
          .filter(Objects::nonNull)
          .toList();
    }
  }

  /** Bars of one series, under its name in the legend: one per category, null where is none. */
  public record BarSeries(String name, List<@Nullable Estimate> values) {}

  /**
   * Curves over a numeric axis.
   *
   * @param marks texts at points; a curve of the same name needs no place in the legend
   */
  public record Curves(Axis x, Axis y, List<Curve> curves, List<Mark> marks) implements Plot {
    public Curves(Axis x, Axis y, List<Curve> curves) {
      this(x, y, curves, List.of());
    }

    @Override
    public List<String> names() {
      return curves.stream().map(Curve::name).toList();
    }

    @Override
    public List<Estimate> estimates() {
      return curves.stream().flatMap(curve -> curve.points().stream()).map(Point::y).toList();
    }
  }

  /** One curve, under its name in the legend, through points in order. */
  public record Curve(String name, Style style, List<Point> points) {}

  /** A text beside a point, which may be ringed. */
  public record Mark(double x, double y, String text, boolean ring) {}

  /** Ways to draw a curve. */
  public enum Style {
    /** Markers joined by a line. */
    LINE,
    /** Markers alone. */
    POINTS,
    /** Markers alone, grey: out of the running. */
    GREYED,
    /** A line without markers, through computed points. */
    SMOOTH,
    /** A line of steps without markers. */
    STEPS,
    /** A thin black line without markers: a reference, not a measurement. */
    GUIDE
  }

  /** A point: exact horizontally, an estimate vertically. */
  public record Point(double x, Estimate y) {}
}
