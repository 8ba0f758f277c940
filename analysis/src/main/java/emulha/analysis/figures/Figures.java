package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.drawing.Figure.Curve;
import emulha.analysis.drawing.Figure.Curves;
import emulha.analysis.drawing.Figure.Point;
import emulha.analysis.drawing.Figure.Style;
import emulha.analysis.drawing.Palette;
import emulha.analysis.drawing.Width;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Groups;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Results;
import emulha.analysis.measures.Setting;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.files.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.tablesaw.api.Table;

/**
 * Draws the figures of results: traffic reduction, CPU time per page at both ends, memory, and
 * transfer time against the interval (Hou §3.2, Figures 2, 4 and 5). Beside each stand the numbers
 * behind it (CSV, unrounded) and a table (Markdown, LaTeX).
 */
public final class Figures {
  /** A kind of figure: one measure in one unit. */
  private record Kind(
      Measure measure, String name, String label, double unit, boolean percent, String caption) {}

  public static final String BY_INTERVAL_AXIS = "checkpointing interval (ms)";

  private static final List<Kind> BY_INTERVAL =
      List.of(
          new Kind(
              Measure.TRAFFIC_REDUCTION,
              "traffic-reduction",
              "traffic reduction (%)",
              100,
              true,
              "Traffic reduction by method and checkpointing interval: 1 - payload/raw, each summed"
                  + " over the incremental checkpoints (Hou §3.2)."),
          new Kind(
              Measure.WIRE_TRAFFIC_REDUCTION,
              "wire-traffic-reduction",
              "wire traffic reduction (%)",
              100,
              true,
              "Wire traffic reduction, which counts every byte written to the connection: 1 - wire/raw,"
                  + " each summed over the incremental checkpoints."),
          new Kind(
              Measure.SENDER_CPU_NS_PER_PAGE,
              "sender-cpu",
              "sender CPU time per page (µs)",
              1e-3,
              false,
              "CPU time of the sender to compress and send a page: total CPU time over total dirty"
                  + " pages (Hou §3.2)."),
          new Kind(
              Measure.RECEIVER_CPU_NS_PER_PAGE,
              "receiver-cpu",
              "receiver CPU time per page (µs)",
              1e-3,
              false,
              "CPU time of the receiver to receive, decompress and store a page: total CPU time over"
                  + " total dirty pages (Hou §3.2)."),
          new Kind(
              Measure.SENDER_MEMORY_BYTES,
              "sender-memory",
              "sender memory (MB)",
              1e-6,
              false,
              "Average memory of the sender's key data structures (Hou §3.2). A method"
                  + " marked 0 keeps nothing."),
          new Kind(
              Measure.RECEIVER_MEMORY_BYTES,
              "receiver-memory",
              "receiver memory (MB)",
              1e-6,
              false,
              "Average memory of the receiver's key data structures, the fail-over image apart. A"
                  + " method marked 0 keeps nothing."));

  private Figures() {}

  /**
   * Draws the figures of the results in a directory.
   *
   * @param in directory with {@code checkpoints.csv} and {@code runs.csv}, or with subdirectories
   *     that have them
   * @param out directory for the figures, made if absent; older files of the same names are
   *     replaced
   * @return the names of the figures drawn
   * @throws IOException if the results cannot be read or the figures not written
   */
  public static List<String> draw(Path in, Path out, Width width) throws IOException {
    return draw(in, out, width, Wishes.NONE);
  }

  /**
   * Draws them as wished for.
   *
   * @throws IllegalArgumentException if a method that is wished for is not there
   */
  public static List<String> draw(Path in, Path out, Width width, Wishes wishes)
      throws IOException {
    List<Summary> summaries =
        wishes.chosen(
            Summary.of(Results.read(in)).stream().filter(s -> s.checkpoints() > 0).toList());
    if (summaries.isEmpty()) {
      throw new IOException(
          in + ": the results have no incremental checkpoint, so nothing to draw");
    }
    Files.createDirectories(out);
    WholeFile.write(
        out.resolve("summary.csv"),
        TableText.csv(Numbers.of(summaries, List.of(Measure.values()))));
    List<Figure> figures = of(summaries);
    Palette palette = palette(figures).renamed(wishes.labels());
    List<String> names =
        Gallery.of(figures.stream().map(wishes::applied).toList(), palette, width).write(out);
    Explorer.write(summaries, palette, wishes.labels(), out);
    return names;
  }

  public static Palette palette(List<Figure> figures) {
    return new Palette(figures.stream().flatMap(figure -> figure.plot().names().stream()).toList());
  }

  /** The figures of summaries: for each set of traces by interval, or all sets side by side. */
  static List<Figure> of(List<Summary> summaries) {
    List<Summary> sets = summaries.stream().filter(Summary::wholeSet).toList();
    Function<Summary, String> conditions = Labels.conditions(sets);
    Function<Summary, String> label = one -> one.setting().recording() + conditions.apply(one);
    Map<String, List<Summary>> groups = Groups.by(label, sets);
    boolean oneIntervalEach =
        groups.values().stream().allMatch(group -> Intervals.of(group).size() == 1);
    List<Figure> figures = new ArrayList<>();
    if (oneIntervalEach) {
      addAll(
          figures,
          "",
          "recording and interval",
          sets,
          summary -> label.apply(summary) + ", " + summary.setting().interval() + " ms");
    } else {
      groups.forEach(
          (name, group) ->
              addAll(
                  figures,
                  "-" + slug(name),
                  BY_INTERVAL_AXIS,
                  Intervals.inOrder(group),
                  summary -> summary.setting().interval()));
    }
    return underNamesOfTheirOwn(figures);
  }

  /** Of figures whose names come to the same one, those behind the first are numbered. */
  public static List<Figure> underNamesOfTheirOwn(List<Figure> figures) {
    Set<String> taken = new HashSet<>();
    List<Figure> all = new ArrayList<>();
    for (Figure figure : figures) {
      String name = figure.name();
      for (int i = 2; !taken.add(name); i++) {
        name = figure.name() + "-" + i;
      }
      all.add(new Figure(name, figure.what(), figure.plot(), figure.numbers()));
    }
    return all;
  }

  private static void addAll(
      List<Figure> figures,
      String suffix,
      String x,
      List<Summary> summaries,
      Function<Summary, String> category) {
    for (Kind kind : BY_INTERVAL) {
      List<Summary> some = having(summaries, kind.measure());
      if (!some.isEmpty()) {
        Axis y = Axis.percent(kind.label());
        Bars bars = bars(x, some, category, Summary::method, kind.measure(), kind.unit(), y);
        figures.add(
            new Figure(
                kind.name() + suffix,
                kind.caption(),
                kind.percent() ? bars : fitted(bars),
                Numbers.of(some, List.of(kind.measure()))));
      }
    }
    List<Summary> timed = having(summaries, Measure.TRANSFER_NS);
    if (!timed.isEmpty()) {
      figures.add(
          transferTime(
              "transfer-time" + suffix,
              timed.stream()
                  .map(summary -> summary.setting().recording())
                  .distinct()
                  .collect(Collectors.joining(", ")),
              x,
              timed,
              category));
    }
    Groups.by(category, summaries)
        .forEach(
            (one, some) -> {
              String name = suffix + "-" + slug(one);
              Tradeoffs.pareto("pareto" + name, some).ifPresent(figures::add);
              Tradeoffs.breakEven("break-even" + name, some).ifPresent(figures::add);
            });
  }

  /** Those whose sizes to show: they are the same with a network and without, so one is enough. */
  public static List<Summary> sizes(List<Summary> summaries) {
    List<Summary> reductions =
        summaries.stream().filter(summary -> summary.setting().reduced()).toList();
    return reductions.isEmpty() ? summaries : reductions;
  }

  /** Those that have all of the measures. */
  static List<Summary> having(List<Summary> summaries, List<Measure> measures) {
    return summaries.stream()
        .filter(summary -> measures.stream().allMatch(one -> summary.get(one).isPresent()))
        .toList();
  }

  /** Those that have a measure. */
  public static List<Summary> having(List<Summary> summaries, Measure measure) {
    return having(summaries, List.of(measure));
  }

  /** The bars on an axis that is logarithmic if they differ by a factor of 100 or more. */
  public static Bars fitted(Bars bars) {
    double[] values = bars.estimates().stream().mapToDouble(Estimate::value).toArray();
    double max = Arrays.stream(values).max().orElse(0);
    double min = Arrays.stream(values).filter(v -> v > 0).min().orElse(max);
    return bars.withAxis(Axis.fitted(bars.y().label(), max > 0 && max / min >= 100));
  }

  /**
   * Bars of a measure.
   *
   * @throws IllegalArgumentException if two summaries have the same category and series
   */
  public static Bars bars(
      String x,
      List<Summary> summaries,
      Function<Summary, String> category,
      Function<Summary, String> series,
      Measure measure,
      double unit,
      Axis y) {
    return Bars.of(
        x,
        summaries.stream().map(category).distinct().toList(),
        y,
        summaries.stream().map(series).distinct().sorted(Labels.BY_SIZE).toList(),
        (name, one) -> {
          List<Summary> here =
              summaries.stream()
                  .filter(s -> series.apply(s).equals(name) && category.apply(s).equals(one))
                  .toList();
          requireOne("bar", name, one, here);
          return here.stream()
              .findFirst()
              .flatMap(s -> s.get(measure))
              .map(estimate -> estimate.times(unit))
              .orElse(null);
        });
  }

  private static void requireOne(String mark, String series, String category, List<Summary> here) {
    if (here.size() > 1) {
      List<String> differing = Setting.differing(here.stream().map(Summary::setting).toList());
      throw new IllegalArgumentException(
          "%s, %s: several settings would be one %s%s; draw them apart"
              .formatted(
                  series,
                  category,
                  mark,
                  differing.isEmpty() ? "" : " (%s)".formatted(String.join(", ", differing))));
    }
  }

  /**
   * Transfer time by method, the interval as a line.
   *
   * @throws IllegalArgumentException if two summaries would be one bar, or one point of a curve
   */
  public static Figure transferTime(
      String name, String what, String x, List<Summary> timed, Function<Summary, String> category) {
    String caption =
        ("Average checkpoint transfer time by method, %s; above the line, which is the interval"
                + " itself, the checkpointing frequency is not achieved (Hou Figure 5).")
            .formatted(what);
    Table numbers =
        Numbers.of(
            timed,
            List.of(
                Measure.TRANSFER_NS,
                Measure.TRANSFER_P50_NS,
                Measure.TRANSFER_P99_NS,
                Measure.PROCESSING_NS,
                Measure.SENDING_NS,
                Measure.ELAPSED_INTERVAL_NS,
                Measure.LATE_SHARE));
    Axis ms = Axis.fitted("transfer time (ms)", true);
    List<Long> intervals = Intervals.of(timed);
    if (x.equals(BY_INTERVAL_AXIS) && intervals.size() > 1) {
      Groups.by(one -> List.of(one.method(), one.setting().interval()), timed)
          .forEach((at, here) -> requireOne("point", at.get(0), at.get(1) + " ms", here));
      List<Curve> curves = new ArrayList<>();
      for (String method : Labels.methods(timed)) {
        curves.add(
            new Curve(
                method,
                Style.LINE,
                Intervals.inOrder(timed).stream()
                    .filter(s -> s.method().equals(method))
                    .map(
                        s ->
                            new Point(
                                s.setting().intervalMs(),
                                s.get(Measure.TRANSFER_NS).orElseThrow().times(1e-6)))
                    .toList()));
      }
      curves.add(
          new Curve(
              "interval",
              Style.GUIDE,
              intervals.stream()
                  .map(interval -> new Point(interval / 1e6, Estimate.exact(interval / 1e6)))
                  .toList()));
      return new Figure(name, caption, new Curves(Axis.fitted(x, true), ms, curves), numbers);
    }
    List<Double> guides =
        Groups.by(category, timed).values().stream()
            .map(all -> all.getFirst().setting().intervalMs())
            .toList();
    return new Figure(
        name,
        caption,
        bars(x, timed, category, Summary::method, Measure.TRANSFER_NS, 1e-6, ms)
            .withGuides(guides, "interval"),
        numbers);
  }

  public static String slug(String name) {
    return Stream.of(name.toLowerCase(Locale.ROOT).split("[^a-z0-9]+"))
        .filter(part -> !part.isEmpty())
        .reduce((a, b) -> a + "-" + b)
        .orElse("unnamed");
  }
}
