package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Mark;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.drawing.Figure.Style;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.RowColumn;
import emulha.analysis.measures.Summary;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.StringColumn;

/**
 * What a method buys for what: traffic reduction against CPU time, and the link speed below which
 * compressing pays.
 *
 * <p>The model of the second: a sender that first processes and then sends, as in Hou §3.2, takes
 * for a page {@code cpu_ns + 8 * payload_bytes / link}, with the sender's measured CPU time and the
 * measured payload per page. Queueing, ACKs, protocol headers and the gain of several encoder
 * threads are not in it.
 */
public final class Tradeoffs {
  private static final double SLOWEST_LINK = 1e7;
  private static final double FASTEST_LINK = 1e11;
  private static final int STEPS_PER_DECADE = 20;

  /** What the Pareto figure sets against each other. */
  private static final List<Measure> AGAINST =
      List.of(Measure.TRAFFIC_REDUCTION, Measure.SENDER_CODEC_CPU_NS_PER_PAGE);

  private Tradeoffs() {}

  /**
   * Whether another summary certainly reduces at least as much for at most the CPU time, and one
   * better: better where the intervals are apart, as good where both are one exact value. What lies
   * in each other's intervals is a tie, and so is what has no interval.
   *
   * @param all have both measures
   */
  static boolean dominated(Summary summary, List<Summary> all) {
    Estimate reduction = summary.get(Measure.TRAFFIC_REDUCTION).orElseThrow();
    Estimate cpu = summary.get(Measure.SENDER_CODEC_CPU_NS_PER_PAGE).orElseThrow();
    return all.stream()
        .anyMatch(
            other -> {
              Estimate otherReduction = other.get(Measure.TRAFFIC_REDUCTION).orElseThrow();
              Estimate otherCpu = other.get(Measure.SENDER_CODEC_CPU_NS_PER_PAGE).orElseThrow();
              boolean more = above(otherReduction, reduction);
              boolean cheaper = above(cpu, otherCpu);
              return (more && cheaper)
                  || (more && same(cpu, otherCpu))
                  || (cheaper && same(reduction, otherReduction));
            });
  }

  /** Whether a value is certainly above another. */
  private static boolean above(Estimate one, Estimate other) {
    return one.decides() && other.decides() && one.low() > other.high();
  }

  /** Whether two values are one, exactly. */
  private static boolean same(Estimate one, Estimate other) {
    return one.decides()
        && other.decides()
        && !one.hasInterval()
        && !other.hasInterval()
        && one.value() == other.value();
  }

  /** Methods of the same traffic reduction between whose CPU times nothing decides: their ties. */
  private static String tiedWith(Summary summary, List<Summary> all) {
    return all.stream()
        .filter(other -> other != summary)
        .filter(other -> AGAINST.stream().allMatch(measure -> tied(summary, other, measure)))
        .map(other -> other.setting().method())
        .collect(Collectors.joining(" "));
  }

  private static boolean tied(Summary a, Summary b, Measure measure) {
    Estimate one = a.get(measure).orElseThrow();
    Estimate other = b.get(measure).orElseThrow();
    return !above(one, other) && !above(other, one);
  }

  /** Traffic reduction against the sender's CPU time per page, dominated methods in grey. */
  public static Optional<Figure> pareto(String name, List<Summary> summaries) {
    List<Summary> some = Figures.having(summaries, AGAINST);
    if (some.size() < 2) {
      return Optional.empty();
    }
    List<Curve> curves = new ArrayList<>();
    var dominated = BooleanColumn.create("dominated");
    var ties = StringColumn.create("tied_with");
    for (Summary summary : some) {
      boolean grey = dominated(summary, some);
      dominated.append(grey);
      ties.append(tiedWith(summary, some));
      curves.add(
          new Curve(
              summary.method(),
              grey ? Style.GREYED : Style.POINTS,
              List.of(
                  new Point(
                      summary.value(Measure.SENDER_CODEC_CPU_NS_PER_PAGE) * 1e-3,
                      summary.get(Measure.TRAFFIC_REDUCTION).orElseThrow().times(100)))));
    }
    List<Mark> names = new ArrayList<>();
    for (Curve curve : curves) {
      Point at = curve.points().getFirst();
      names.add(new Mark(at.x(), at.y().value(), curve.name(), false));
    }
    front(curves).ifPresent(curves::add);
    return Optional.of(
        new Figure(
            name,
            "Traffic reduction against the codec's CPU time per page at the sender, %s. Grey: another"
                    .formatted(label(some.getFirst()))
                + " method certainly reduces as much for less, or more for no more; what lies in each"
                + " other's intervals is tied.",
            new Curves(
                Axis.fitted("codec's CPU time per page (µs)", true),
                // Points at 0 stand whole above the frame.
                new Axis("traffic reduction (%)", false, -5.0, 105.0),
                curves,
                names),
            Numbers.of(some, AGAINST).addColumns(dominated, ties)));
  }

  /** Steps through what nothing reduces more for less, as the medians have it. */
  private static Optional<Curve> front(List<Curve> points) {
    List<Point> best = new ArrayList<>();
    points.stream()
        .filter(curve -> curve.style() == Style.POINTS)
        .map(curve -> curve.points().getFirst())
        .sorted(Comparator.comparingDouble(Point::x))
        .filter(point -> best.isEmpty() || point.y().value() > best.getLast().y().value())
        .forEach(
            point -> {
              if (!best.isEmpty()) {
                best.add(new Point(point.x(), Estimate.exact(best.getLast().y().value())));
              }
              best.add(new Point(point.x(), Estimate.exact(point.y().value())));
            });
    return best.size() < 2
        ? Optional.empty()
        : Optional.of(new Curve("Pareto front", Style.GUIDE, best));
  }

  /**
   * The link speed below which a method pays, in bits per second: where sending the saved bytes
   * takes as long as saving them. Infinite if it costs no more than the baseline; empty if it saves
   * nothing.
   *
   * @param method measured under the method
   * @param baseline measured without compression, in the same setting
   */
  static OptionalDouble breakEvenBitsPerSecond(Summary method, Summary baseline) {
    double savedBits =
        8
            * (baseline.value(Measure.PAYLOAD_BYTES_PER_PAGE)
                - method.value(Measure.PAYLOAD_BYTES_PER_PAGE));
    double extraNs =
        method.value(Measure.SENDER_CPU_NS_PER_PAGE)
            - baseline.value(Measure.SENDER_CPU_NS_PER_PAGE);
    if (savedBits <= 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(extraNs <= 0 ? Double.POSITIVE_INFINITY : savedBits / extraNs * 1e9);
  }

  /** Checkpoints per second that the model achieves on a link. */
  static double achievableHertz(Summary summary, double linkBitsPerSecond) {
    double pageNs =
        summary.value(Measure.SENDER_CPU_NS_PER_PAGE)
            + 8 * summary.value(Measure.PAYLOAD_BYTES_PER_PAGE) / linkBitsPerSecond * 1e9;
    return 1e9 / (summary.value(Measure.DIRTY_PAGES) * pageNs);
  }

  /** Where a method stops to pay. */
  private record BreakEven(
      String method, @Nullable Double bitsPerSecond, @Nullable Double hertz, boolean always) {}

  private static final List<RowColumn<BreakEven>> BREAK_EVEN =
      List.of(
          RowColumn.text("method", BreakEven::method),
          RowColumn.number("break_even_bits_per_second", BreakEven::bitsPerSecond),
          RowColumn.number("achievable_hertz_at_break_even", BreakEven::hertz),
          RowColumn.flag("pays_at_any_speed", BreakEven::always));

  /** Achievable checkpointing frequency against the link speed; needs a method {@code none}. */
  public static Optional<Figure> breakEven(String name, List<Summary> summaries) {
    List<Summary> some =
        Figures.having(
            summaries, List.of(Measure.SENDER_CPU_NS_PER_PAGE, Measure.PAYLOAD_BYTES_PER_PAGE));
    Optional<Summary> baseline = some.stream().filter(s -> s.setting().uncompressed()).findFirst();
    if (baseline.isEmpty() || some.size() < 2) {
      return Optional.empty();
    }
    List<Curve> curves = new ArrayList<>();
    List<Mark> crossings = new ArrayList<>();
    List<BreakEven> rows = new ArrayList<>();
    for (Summary summary : some) {
      List<Point> points = new ArrayList<>();
      int steps = (int) Math.round(Math.log10(FASTEST_LINK / SLOWEST_LINK) * STEPS_PER_DECADE);
      for (int i = 0; i <= steps; i++) {
        double link = SLOWEST_LINK * Math.pow(10, (double) i / STEPS_PER_DECADE);
        points.add(new Point(link * 1e-6, Estimate.exact(achievableHertz(summary, link))));
      }
      curves.add(new Curve(summary.method(), Style.SMOOTH, points));
      OptionalDouble at = breakEvenBitsPerSecond(summary, baseline.get());
      boolean always = at.isPresent() && Double.isInfinite(at.getAsDouble());
      Double link = at.isEmpty() || always ? null : (Double) at.getAsDouble();
      Double there = link == null ? null : (Double) achievableHertz(summary, link);
      rows.add(new BreakEven(summary.method(), link, there, always));
      if (link != null && there != null && link >= SLOWEST_LINK && link <= FASTEST_LINK) {
        crossings.add(new Mark(link * 1e-6, there, speed(link), true));
      }
    }
    double intervalHertz = 1000.0 / baseline.get().setting().intervalMs();
    curves.add(
        new Curve(
            "configured frequency",
            Style.GUIDE,
            List.of(
                new Point(SLOWEST_LINK * 1e-6, Estimate.exact(intervalHertz)),
                new Point(FASTEST_LINK * 1e-6, Estimate.exact(intervalHertz)))));
    return Optional.of(
        new Figure(
            name,
            "Modelled checkpointing frequency against the link speed, %s: measured CPU time and"
                    .formatted(label(baseline.get()))
                + " payload per page, processing before sending. Where a method crosses none, ringed,"
                + " compressing stops to pay.",
            new Curves(
                Axis.fitted("link speed (Mb/s)", true),
                Axis.fitted("checkpoints per second", true),
                curves,
                crossings),
            RowColumn.table(BREAK_EVEN, rows)));
  }

  /** To two digits. */
  private static String speed(double bitsPerSecond) {
    BigDecimal gigabits = BigDecimal.valueOf(bitsPerSecond * 1e-9).round(new MathContext(2));
    return gigabits.toPlainString() + " Gb/s";
  }

  private static String label(Summary summary) {
    return summary.setting().traces() + " at " + summary.setting().interval() + " ms";
  }
}
