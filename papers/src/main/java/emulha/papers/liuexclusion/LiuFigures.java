package emulha.papers.liuexclusion;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.papers.Shown;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** The figure on checkpoint sizes of Liu et al., checkpointing with memory exclusion. */
public final class LiuFigures {
  /** The paper's smallest guest. A series whose base holds less holds part of a guest's RAM. */
  private static final double SMALLEST_RAM = 128 << 20;

  private LiuFigures() {}

  /** Figure 2: size of the full checkpoint by configured RAM, with and without free pages. */
  public static Shown of(Evidence evidence) {
    List<Summary> some =
        Figures.having(evidence.summaries(), Measure.FULL_PAYLOAD_BYTES).stream()
            .filter(s -> s.wholeSet() && s.vms() == 1)
            .filter(s -> ramBytes(s) >= SMALLEST_RAM)
            .sorted(Comparator.comparingDouble(LiuFigures::ramBytes))
            .toList();
    List<Summary> sizes = Figures.sizes(some);
    Function<Summary, String> label = Labels.byWorkload(sizes);
    boolean one = sizes.stream().map(label).distinct().count() == 1;
    Function<Summary, String> ram = s -> TableText.rounded(ramBytes(s) / (1 << 20));
    return Shown.of(
        evidence,
        List.of(
            new Figure(
                "liu-figure-2",
                "Size of a full checkpoint by configured RAM, with free pages excluded and without (Liu"
                    + " Figure 2).",
                Figures.bars(
                    one ? "configured RAM (MB)" : "workload and configured RAM (MB)",
                    sizes,
                    one ? ram : s -> label.apply(s) + ", " + ram.apply(s),
                    s -> (one ? label.apply(s) + ", " : "") + s.method(),
                    Measure.FULL_PAYLOAD_BYTES,
                    1e-6,
                    Axis.fitted("checkpoint size (MB)", false)),
                Numbers.of(
                    some,
                    List.of(
                        Measure.FULL_RAW_BYTES,
                        Measure.FULL_PAYLOAD_BYTES,
                        Measure.FULL_SENDER_CPU_NS)))));
  }

  private static double ramBytes(Summary summary) {
    return summary.value(Measure.FULL_RAW_BYTES);
  }
}
