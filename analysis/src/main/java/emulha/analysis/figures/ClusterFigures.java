package emulha.analysis.figures;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.measures.ClusterGain;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The figures of what VMs gain by being processed together. */
public final class ClusterFigures {
  private ClusterFigures() {}

  /** A figure per VM of a cluster: alone and together with the others, by interval. */
  public static List<Figure> of(String prefix, List<ClusterGain> gains) {
    Map<String, Map<Set<String>, List<ClusterGain>>> byVm =
        gains.stream()
            .filter(one -> !one.setting().uncompressed())
            .sorted(Comparator.comparingLong(one -> one.setting().intervalNs()))
            .collect(
                Collectors.groupingBy(
                    one -> one.vm() + (one.setting().synthetic() ? " (synthetic)" : ""),
                    TreeMap::new,
                    Collectors.groupingBy(
                        one -> one.setting().series(), LinkedHashMap::new, Collectors.toList())));
    List<Figure> figures = new ArrayList<>();
    byVm.forEach(
        (vm, clusters) ->
            clusters.forEach(
                (series, some) -> {
                  String name = clusters.size() == 1 ? vm : vm + " in " + String.join("+", series);
                  figures.add(figure(prefix + Figures.slug(name), name, some));
                }));
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
      List<@Nullable Estimate> alone = new ArrayList<>();
      List<@Nullable Estimate> together = new ArrayList<>();
      for (String interval : intervals) {
        Optional<ClusterGain> here =
            some.stream()
                .filter(one -> one.setting().method().equals(method))
                .filter(one -> one.setting().interval().equals(interval))
                .findFirst();
        alone.add(here.map(one -> Estimate.exact(100 * one.aloneReduction())).orElse(null));
        together.add(here.map(one -> Estimate.exact(100 * one.clusterReduction())).orElse(null));
      }
      series.add(new BarSeries(method + ", alone", alone));
      series.add(new BarSeries(method + ", in the cluster", together));
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
}
