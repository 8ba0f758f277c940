package emulha.papers.fernando2024;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Groups;
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
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The tables and figures of Fernando's "Byte-granular checkpoints" (2024), §3.3. */
public final class FernandoFigures {
  /** Stages of the general compressors, and what they are compared with. */
  private static final Set<String> GENERAL =
      Set.of(Method.NONE, Gzip.NAME, Deflate.NAME, Lz4.NAME, Lz4hc.NAME, Zstd.NAME);

  private FernandoFigures() {}

  public static Shown of(Evidence evidence) {
    List<Summary> sets = evidence.sets();
    Function<Summary, String> label = Labels.withInterval(sets);
    List<Summary> general =
        Figures.having(sets, Measure.PAYLOAD_BYTES_PER_PAGE).stream()
            .filter(s -> GENERAL.contains(Method.firstStage(s.method())))
            .toList();
    return Shown.of(
        evidence,
        List.of(
            byteGranular(sets, label),
            new Figure(
                "fernando-figure-8",
                "Content sent per page under general compression (Fernando Table 2, Figure 8).",
                Figures.bars(
                    "workload",
                    general,
                    label,
                    Summary::method,
                    Measure.PAYLOAD_BYTES_PER_PAGE,
                    1,
                    Axis.fitted("content sent per page (bytes)", false)),
                Numbers.of(general, List.of(Measure.PAYLOAD_BYTES_PER_PAGE))),
            new Figure(
                "fernando-table-3",
                "Traffic reduction: content sent, against whole pages (Fernando Table 3).",
                Figures.bars(
                    "workload",
                    general,
                    label,
                    Summary::method,
                    Measure.TRAFFIC_REDUCTION,
                    100,
                    Axis.percent("traffic reduction (%)")),
                Numbers.of(general, List.of(Measure.TRAFFIC_REDUCTION)))));
  }

  /** Table 1 and Figure 7. */
  private static Figure byteGranular(List<Summary> sets, Function<Summary, String> label) {
    List<Summary> some = Figures.having(sets, Measure.HIT_PAYLOAD_BYTES_PER_PAGE);
    List<BarSeries> series = new ArrayList<>();
    Axis axis = Axis.fitted("content sent per page (bytes)", true);
    for (Measure measure :
        List.of(Measure.PAYLOAD_BYTES_PER_PAGE, Measure.HIT_PAYLOAD_BYTES_PER_PAGE)) {
      String pages =
          measure == Measure.PAYLOAD_BYTES_PER_PAGE ? "all pages" : "pages with an older version";
      series.addAll(
          Figures.bars("", some, label, s -> s.method() + ", " + pages, measure, 1, axis).series());
    }
    Map<String, List<Summary>> workloads = Groups.by(label, some);
    series.add(
        new BarSeries(
            "whole pages",
            workloads.values().stream()
                .map(all -> Estimate.exact(all.getFirst().pageBytes()))
                .toList()));
    Bars bars = new Bars("workload", List.copyOf(workloads.keySet()), axis, series);
    return new Figure(
        "fernando-figure-7",
        "Content sent per page when only modified bytes go (Fernando Table 1, Figure 7).",
        bars,
        Numbers.of(
            some,
            List.of(
                Measure.DIRTY_PAGES,
                Measure.PAYLOAD_BYTES_PER_PAGE,
                Measure.TRAFFIC_REDUCTION,
                Measure.HIT_PAYLOAD_BYTES_PER_PAGE)));
  }
}
