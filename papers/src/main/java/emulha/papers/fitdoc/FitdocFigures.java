package emulha.papers.fitdoc;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.figures.Figures;
import emulha.analysis.figures.TraceFigures;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Summary;
import emulha.codecs.Method;
import emulha.codecs.delta.Fitdoc;
import emulha.metrics.BitmapScanRow;
import emulha.metrics.ChangedBytesRow;
import emulha.papers.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The table and figures of FITDOC, "Fast Incremental checkpoinTing with Delta memOry Compression".
 */
public final class FitdocFigures {
  private FitdocFigures() {}

  public static Shown of(Evidence evidence) {
    List<ChangedBytesRow> changed = evidence.rows(ChangedBytesRow.class);
    Figure changedBytes = TraceFigures.changedBytes(changed);
    List<Summary> timed = Figures.having(evidence.sets(), Measure.TRANSFER_NS);
    Function<Summary, String> label = Labels.withInterval(timed);
    List<Figure> figures = new ArrayList<>();
    figures.add(
        new Figure(
            "fitdoc-table-1",
            changedBytes.what() + " The whole table is in the numbers.",
            changedBytes.plot(),
            TraceFigures.tableOne(changed)));
    figures.addAll(TraceFigures.bitmapScans(evidence.rows(BitmapScanRow.class)));
    figures.add(figure8(timed, label));
    figures.add(figure9(Figures.sizes(evidence.sets())));
    figures.add(figure10(timed, label));
    return Shown.of(evidence, figures);
  }

  private static Figure figure8(List<Summary> sets, Function<Summary, String> label) {
    List<Summary> some =
        sets.stream().filter(s -> fitdoc(s) || s.setting().uncompressed()).toList();
    return new Figure(
        "fitdoc-figure-8",
        "Checkpointing time: average transfer time of an incremental checkpoint (FITDOC"
            + " Figure 8). The time of the full checkpoint, which the paper compares with, is in"
            + " the numbers where it was sent.",
        Figures.bars(
            "workload",
            some,
            label,
            Summary::method,
            Measure.TRANSFER_NS,
            1e-6,
            Axis.fitted("checkpointing time (ms)", true)),
        Numbers.of(some, List.of(Measure.TRANSFER_NS, Measure.FULL_TRANSFER_NS)));
  }

  private static Figure figure9(List<Summary> sets) {
    List<Summary> some = sets.stream().filter(FitdocFigures::fitdoc).toList();
    Function<Summary, String> label = Labels.withInterval(some);
    boolean one = some.stream().map(Summary::method).distinct().count() == 1;
    List<@Nullable Estimate> full = new ArrayList<>();
    List<@Nullable Estimate> pages = new ArrayList<>();
    List<@Nullable Estimate> words = new ArrayList<>();
    for (Summary summary : some) {
      double perCheckpoint = (double) summary.checkpoints() / summary.extent().replays();
      full.add(summary.get(Measure.FULL_RAW_BYTES).map(e -> e.times(1e-6)).orElse(null));
      pages.add(summary.get(Measure.CHECKPOINT_BYTES).map(e -> e.times(1e-6)).orElse(null));
      words.add(
          summary.get(Measure.TRAFFIC_BYTES).map(e -> e.times(1e-6 / perCheckpoint)).orElse(null));
    }
    return new Figure(
        "fitdoc-figure-9",
        "Size of a checkpoint: all of RAM, dirty pages as Remus sends them, and FITDOC's changed"
            + " words with their indices (FITDOC Figure 9).",
        new Bars(
            one ? "workload" : "workload and method",
            some.stream().map(s -> label.apply(s) + (one ? "" : ", " + s.method())).toList(),
            Axis.fitted("checkpoint size (MB)", true),
            List.of(
                new BarSeries("all of RAM", full),
                new BarSeries("dirty pages", pages),
                new BarSeries("changed words and indices", words))),
        Numbers.of(
            some,
            List.of(
                Measure.FULL_RAW_BYTES,
                Measure.CHECKPOINT_BYTES,
                Measure.TRAFFIC_BYTES,
                Measure.TRAFFIC_REDUCTION)));
  }

  private static Figure figure10(List<Summary> sets, Function<Summary, String> label) {
    List<Summary> some =
        Figures.having(sets, Measure.PROCESSING_SHARE).stream()
            .filter(FitdocFigures::fitdoc)
            .toList();
    return new Figure(
        "fitdoc-figure-10",
        "Share of the checkpoint's transfer time that compressing takes (FITDOC Figure 10).",
        Figures.bars(
            "workload",
            some,
            label,
            Summary::method,
            Measure.PROCESSING_SHARE,
            100,
            Axis.percent("compression time (%)")),
        Numbers.of(some, List.of(Measure.PROCESSING_SHARE, Measure.PROCESSING_NS)));
  }

  private static boolean fitdoc(Summary summary) {
    return Method.firstStage(summary.method()).equals(Fitdoc.NAME);
  }
}
