package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Mark;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How figures are to differ from what fits their data.
 *
 * @param methods what to show, in order; all, in their usual order, if empty
 * @param labels names to write in place of methods
 * @param log whether the axis of values is logarithmic; null as fits, but not with an end at 0 or
 *     below
 * @param min where it begins; null as fits
 * @param max where it ends; null as fits
 */
public record Wishes(
    List<String> methods,
    Map<String, String> labels,
    @Nullable Boolean log,
    @Nullable Double min,
    @Nullable Double max) {
  /** Figures as they are. */
  public static final Wishes NONE = new Wishes(List.of(), Map.of(), null, null, null);

  /** Checks that the ends of the axis are in order, and that a logarithmic one has no zero. */
  public Wishes {
    methods = List.copyOf(methods);
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    if (min != null && max != null && min >= max) {
      throw new IllegalArgumentException(
          "an axis from %s to %s has no room".formatted(plain(min), plain(max)));
    }
    if (Boolean.TRUE.equals(log) && min != null && min <= 0) {
      throw new IllegalArgumentException("a logarithmic axis begins above 0, not at " + plain(min));
    }
    if (Boolean.TRUE.equals(log) && max != null && max <= 0) {
      throw new IllegalArgumentException("a logarithmic axis ends above 0, not at " + plain(max));
    }
  }

  private static String plain(double value) {
    return TableText.rounded(value);
  }

  /**
   * The summaries of the methods that are wished for.
   *
   * @throws IllegalArgumentException if a method is not there; the message lists those that are
   */
  List<Summary> chosen(List<Summary> summaries) {
    Set<String> there =
        summaries.stream().map(Summary::method).collect(Collectors.toCollection(TreeSet::new));
    for (String method : Stream.concat(methods.stream(), labels.keySet().stream()).toList()) {
      if (!there.contains(method)) {
        throw new IllegalArgumentException(
            "no results of method '%s'; there are %s".formatted(method, String.join(", ", there)));
      }
    }
    return methods.isEmpty()
        ? summaries
        : summaries.stream().filter(summary -> methods.contains(summary.method())).toList();
  }

  /** A figure with the order, names and axis that are wished for; its numbers stay. */
  Figure applied(Figure figure) {
    return new Figure(figure.name(), figure.what(), plot(figure.plot()), figure.numbers());
  }

  private Figure.Plot plot(Figure.Plot plot) {
    return switch (plot) {
      case Bars bars ->
          new Bars(
              bars.x(),
              bars.categories(),
              axis(bars.y()),
              ordered(bars.series(), BarSeries::name).stream()
                  .map(series -> new BarSeries(name(series.name()), series.values()))
                  .toList(),
              bars.guides(),
              bars.guide());
      case Curves curves ->
          new Curves(
              curves.x(),
              axis(curves.y()),
              ordered(curves.curves(), Curve::name).stream()
                  .map(curve -> new Curve(name(curve.name()), curve.style(), curve.points()))
                  .toList(),
              curves.marks().stream()
                  .map(mark -> new Mark(mark.x(), mark.y(), name(mark.text()), mark.ring()))
                  .toList());
    };
  }

  private String name(String series) {
    return labels.getOrDefault(series, series);
  }

  /** What is no method, such as the interval, comes after. */
  private <T> List<T> ordered(List<T> series, Function<T, String> name) {
    return series.stream()
        .sorted(
            Comparator.comparingInt(
                named -> {
                  int place = methods.indexOf(name.apply(named));
                  return place < 0 ? Integer.MAX_VALUE : place;
                }))
        .toList();
  }

  private Axis axis(Axis fitted) {
    boolean positive = (min == null || min > 0) && (max == null || max > 0);
    boolean logarithmic = log == null ? fitted.log() && positive : log;
    // What fits a linear axis may not fit a logarithmic one.
    boolean kept = logarithmic == fitted.log();
    return new Axis(
        fitted.label(),
        logarithmic,
        min != null ? min : kept ? fitted.min() : null,
        max != null ? max : kept ? fitted.max() : null,
        min != null || max != null);
  }
}
