package emulha.papers.fernando2024;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Summary;
import emulha.codecs.Method;
import emulha.codecs.general.Deflate;
import emulha.codecs.general.Gzip;
import emulha.codecs.general.Lz4;
import emulha.codecs.general.Lz4hc;
import emulha.codecs.zstd.Zstd;
import emulha.papers.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The tables and figures of Fernando's "Byte-granular checkpoints" (2024), §3.3. */
public final class FernandoFigures {
  /** Stages of the general compressors, and what they are compared with. */
  private static final Set<String> GENERAL =
      Set.of(Method.NONE, Gzip.NAME, Deflate.NAME, Lz4.NAME, Lz4hc.NAME, Zstd.NAME);

  private FernandoFigures() {}

  public static Shown of(Evidence evidence) {
    List<Figure> figures = new ArrayList<>();
    List<Summary> sets = evidence.sets();
    Function<Summary, String> label = Labels.withInterval(sets);
    byteGranular(figures, sets, label);
    compressed(figures, sets, label);
    return Shown.of(evidence, figures);
  }

  /** Table 1 and Figure 7. */
  private static void byteGranular(
      List<Figure> figures, List<Summary> sets, Function<Summary, String> label) {
    List<Summary> some = Figures.having(sets, Measure.HIT_PAYLOAD_BYTES_PER_PAGE);
    if (some.isEmpty()) {
      return;
    }
    List<BarSeries> series = new ArrayList<>();
    Axis axis = Axis.fitted("content sent per page (bytes)", true);
    for (Measure measure :
        List.of(Measure.PAYLOAD_BYTES_PER_PAGE, Measure.HIT_PAYLOAD_BYTES_PER_PAGE)) {
      String pages =
          measure == Measure.PAYLOAD_BYTES_PER_PAGE ? "all pages" : "pages with an older version";
      series.addAll(
          Figures.bars("", some, label, s -> s.setting().method() + ", " + pages, measure, 1, axis)
              .series());
    }
    List<String> workloads = some.stream().map(label).distinct().toList();
    series.add(
        new BarSeries(
            "whole pages",
            workloads.stream()
                .map(
                    workload ->
                        some.stream()
                            .filter(s -> label.apply(s).equals(workload))
                            .map(FernandoFigures::wholePage)
                            .findFirst()
                            .orElseThrow())
                .toList()));
    Bars bars = new Bars("workload", workloads, axis, series);
    figures.add(
        new Figure(
            "fernando-figure-7",
            "Content sent per page when only modified bytes go (Fernando Table 1, Figure 7).",
            bars,
            Numbers.of(
                some,
                List.of(
                    Measure.DIRTY_PAGES,
                    Measure.PAYLOAD_BYTES_PER_PAGE,
                    Measure.TRAFFIC_REDUCTION,
                    Measure.HIT_PAYLOAD_BYTES_PER_PAGE))));
  }

  /** The size of the pages of a set that has any. */
  private static Estimate wholePage(Summary set) {
    double bytes = set.get(Measure.CHECKPOINT_BYTES).orElseThrow().value();
    double pages = set.get(Measure.DIRTY_PAGES).orElseThrow().value();
    return Estimate.exact(Math.rint(bytes / pages));
  }

  /** Tables 2 and 3, Figure 8. */
  private static void compressed(
      List<Figure> figures, List<Summary> sets, Function<Summary, String> label) {
    List<Summary> some =
        Figures.having(sets, Measure.PAYLOAD_BYTES_PER_PAGE).stream()
            .filter(s -> GENERAL.contains(Method.firstStage(s.setting().method())))
            .toList();
    if (some.isEmpty()) {
      return;
    }
    figures.add(
        new Figure(
            "fernando-figure-8",
            "Content sent per page under general compression (Fernando Table 2, Figure 8).",
            Figures.bars(
                "workload",
                some,
                label,
                s -> s.setting().method(),
                Measure.PAYLOAD_BYTES_PER_PAGE,
                1,
                Axis.fitted("content sent per page (bytes)", false)),
            Numbers.of(some, List.of(Measure.PAYLOAD_BYTES_PER_PAGE))));
    figures.add(
        new Figure(
            "fernando-table-3",
            "Traffic reduction: content sent, against whole pages (Fernando Table 3).",
            Figures.bars(
                "workload",
                some,
                label,
                s -> s.setting().method(),
                Measure.TRAFFIC_REDUCTION,
                100,
                Axis.percent("traffic reduction (%)")),
            Numbers.of(some, List.of(Measure.TRAFFIC_REDUCTION))));
  }
}
