package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.measures.ClusterGain;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Groups;
import emulha.analysis.measures.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The figures of what VMs gain by being processed together. */
public final class ClusterFigures {
  private ClusterFigures() {}

  /** A figure per VM of a cluster: alone and together with the others, by interval. */
  public static List<Figure> of(String prefix, List<ClusterGain> gains) {
    List<Figure> figures = new ArrayList<>();
    Function<ClusterGain, String> name =
        one -> one.vm() + (one.setting().synthetic() ? " (synthetic)" : "");
    List<ClusterGain> compressed =
        gains.stream()
            .filter(one -> !one.setting().uncompressed())
            .sorted(Comparator.comparing(name).thenComparingLong(one -> one.setting().intervalNs()))
            .toList();
    Groups.by(name, compressed)
        .forEach(
            (vm, all) -> {
              var clusters = Groups.by(one -> one.setting().series(one.vms()), all);
              clusters.forEach(
                  (series, some) -> {
                    String of = clusters.size() == 1 ? vm : vm + " in " + String.join("+", series);
                    figures.add(figure(prefix + Figures.slug(of), of, some));
                  });
            });
    return figures;
  }

  private static Figure figure(String figure, String vm, List<ClusterGain> some) {
    List<String> intervals = some.stream().map(one -> one.setting().interval()).distinct().toList();
    List<BarSeries> series = new ArrayList<>();
    for (String method :
        some.stream()
            .map(one -> one.setting().method())
            .distinct()
            .sorted(Labels.BY_SIZE)
            .toList()) {
      List<ClusterGain> its =
          some.stream().filter(one -> one.setting().method().equals(method)).toList();
      series.add(bars(method + ", alone", intervals, its, ClusterGain::aloneReduction));
      series.add(bars(method + ", in the cluster", intervals, its, ClusterGain::clusterReduction));
    }
    return new Figure(
        figure,
        "Traffic reduction of %s when its checkpoints are processed alone and with the other VMs'"
                .formatted(vm)
            + " (Hou Figure 3): what several VMs share is divided among them by the mean over all orders"
            + " in which they may be processed.",
        new Bars(
            Figures.BY_INTERVAL_AXIS, intervals, Axis.percent("traffic reduction (%)"), series),
        ClusterGain.table(some));
  }

  private static BarSeries bars(
      String name,
      List<String> intervals,
      List<ClusterGain> gains,
      ToDoubleFunction<ClusterGain> reduction) {
    List<@Nullable Estimate> values = new ArrayList<>();
    for (String interval : intervals) {
      values.add(
          gains.stream()
              .filter(one -> one.setting().interval().equals(interval))
              .findFirst()
              .map(one -> Estimate.exact(100 * reduction.applyAsDouble(one)))
              .orElse(null));
    }
    return new BarSeries(name, values);
  }
}
