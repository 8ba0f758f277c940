package emulha.papers.hou2013;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.figures.ClusterFigures;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.LinkModel;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.Setting;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.papers.Shown;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

/** The figures of Hou et al., "Tradeoffs in Compressing Virtual Machine Checkpoints" (2013). */
public final class HouFigures {
  private static final double TWO_MINUTES_IN_GIGABYTES = 120 / 8e9;

  private HouFigures() {}

  public static Shown of(Evidence evidence) {
    List<Summary> sets = Intervals.inOrder(evidence.sets());
    List<Figure> figures = new ArrayList<>();
    List<Summary> sizes = Figures.sizes(sets);
    figure1AndTable2(figures, wholes(sizes), Labels.of(wholes(sizes)));
    by(Labels.of(sizes), singles(sizes)).forEach((name, some) -> figure2(figures, name, some));
    figures.addAll(ClusterFigures.of("hou-figure-3-", evidence.clusters()));
    List<Summary> timed = Figures.having(sets, Measure.SENDER_CODEC_CPU_NS_PER_PAGE);
    figure4(
        figures,
        timed,
        new Cost(
            "sender-cpu",
            Measure.SENDER_CODEC_CPU_NS_PER_PAGE,
            1e-3,
            "sender codec CPU per page (µs)"));
    figure4(
        figures,
        timed,
        new Cost(
            "receiver-cpu",
            Measure.RECEIVER_CODEC_CPU_NS_PER_PAGE,
            1e-3,
            "receiver codec CPU per page (µs)"));
    figure4(
        figures,
        sizes,
        new Cost("memory", Measure.SENDER_MEMORY_BYTES, 1e-6, "sender memory (MB)"));
    joined(singles(timed)).forEach((name, some) -> figure5(figures, "hou-figure-5-", name, some));
    linkModel(evidence.model()).ifPresent(figures::add);
    gigabit(figures, Intervals.inOrder(singles(evidence.gigabit())));
    return new Shown(figures, Table2.of(sizes).stream().toList(), evidence.summaries());
  }

  /** Single VMs, and those protected together that are not some of others: they are Figure 3's. */
  private static List<Summary> wholes(List<Summary> sets) {
    List<Set<String>> all = sets.stream().map(s -> s.setting().series()).distinct().toList();
    return sets.stream()
        .filter(
            summary ->
                summary.vms() == 1
                    || all.stream()
                        .noneMatch(
                            other ->
                                other.size() > summary.vms()
                                    && other.containsAll(summary.setting().series())))
        .toList();
  }

  private static List<Summary> singles(List<Summary> sets) {
    return sets.stream().filter(s -> s.vms() == 1).toList();
  }

  private static Map<String, List<Summary>> by(
      Function<Summary, String> label, List<Summary> sets) {
    return sets.stream()
        .collect(Collectors.groupingBy(label, LinkedHashMap::new, Collectors.toList()));
  }

  /**
   * Results by workload: parts of a recording that were replayed at intervals of their own are one
   * curve. Apart where two would be one point of it, or were measured by another program.
   */
  private static Map<String, List<Summary>> joined(List<Summary> sets) {
    Map<String, List<Summary>> joined = new LinkedHashMap<>();
    by(Labels.byWorkload(sets), sets)
        .forEach(
            (workload, all) -> {
              if (all.stream().map(HouFigures::point).distinct().count() == all.size()
                  && all.stream().map(s -> s.setting().conditions()).distinct().count() == 1) {
                joined.put(workload, all);
              } else {
                joined.putAll(by(Labels.of(sets), all));
              }
            });
    return joined;
  }

  private static List<Object> point(Summary summary) {
    return List.of(summary.setting().method(), summary.setting().intervalNs());
  }

  private static void figure1AndTable2(
      List<Figure> figures, List<Summary> sets, Function<Summary, String> label) {
    List<Summary> uncompressed = sets.stream().filter(s -> s.setting().uncompressed()).toList();
    if (uncompressed.isEmpty()) {
      return;
    }
    figures.add(
        byInterval(
            "hou-figure-1-bandwidth",
            "Bandwidth that replication without compression needs to keep the configured frequency"
                + " (Hou Figure 1).",
            uncompressed,
            label,
            Measure.BANDWIDTH_BITS_PER_SECOND,
            1e-6,
            "bandwidth (Mb/s)"));
    figures.add(
        byInterval(
            "hou-figure-1-traffic",
            "Traffic of replication without compression, at the bandwidth measured for two minutes of"
                + " execution (Hou Figure 1).",
            uncompressed,
            label,
            Measure.BANDWIDTH_BITS_PER_SECOND,
            TWO_MINUTES_IN_GIGABYTES,
            "traffic in two minutes (GB)"));
    figures.add(
        byInterval(
            "hou-table-2",
            "Average checkpoint size by workload and interval (Hou Table 2).",
            uncompressed,
            label,
            Measure.CHECKPOINT_BYTES,
            1e-6,
            "average checkpoint (MB)"));
  }

  private static void figure2(List<Figure> figures, String workload, List<Summary> some) {
    figures.add(
        new Figure(
            "hou-figure-2-" + Figures.slug(workload),
            "Traffic reduction for a single VM running %s (Hou Figure 2).".formatted(workload),
            Figures.bars(
                Figures.BY_INTERVAL_AXIS,
                some,
                HouFigures::interval,
                s -> s.setting().method(),
                Measure.TRAFFIC_REDUCTION,
                100,
                Axis.percent("traffic reduction (%)")),
            Numbers.of(some, List.of(Measure.TRAFFIC_REDUCTION))));
  }

  /** A resource, and how to show what it costs. */
  private record Cost(String name, Measure measure, double unit, String label) {}

  /** A resource's cost at 100 ms, as in the paper, or at the interval nearest to it. */
  private static void figure4(List<Figure> figures, List<Summary> sets, Cost cost) {
    List<Summary> some = new ArrayList<>();
    Figures.having(sets, cost.measure()).stream()
        .filter(s -> s.vms() == 1)
        .collect(
            Collectors.groupingBy(s -> s.of().workload(), LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (workload, all) -> {
              long nearest = Intervals.nearestToHundred(all);
              all.stream().filter(s -> s.setting().intervalNs() == nearest).forEach(some::add);
            });
    if (some.isEmpty()) {
      return;
    }
    Function<Summary, String> label = Labels.of(some);
    figures.add(
        new Figure(
            "hou-figure-4-" + cost.name(),
            "Resource cost of replicating a single VM's checkpoints (Hou Figure 4).",
            Figures.fitted(
                Figures.bars(
                    "workload",
                    some,
                    s -> label.apply(s) + ", " + interval(s) + " ms",
                    s -> s.setting().method(),
                    cost.measure(),
                    cost.unit(),
                    Axis.fitted(cost.label(), false))),
            Numbers.of(some, List.of(cost.measure()))));
  }

  /**
   * What was measured at that speed, and what it is modelled to be where no part of the VM's
   * recording was measured. Claims take both: methods are set against each other on the same part.
   */
  private static void gigabit(List<Figure> figures, List<Summary> sets) {
    String name = "hou-figure-5-gigabit-";
    List<Summary> measured = sets.stream().filter(s -> !s.setting().modelled()).toList();
    joined(measured).forEach((workload, some) -> figure5(figures, name, workload, some));
    List<Summary> modelled =
        sets.stream()
            .filter(s -> s.setting().modelled())
            .filter(
                s ->
                    measured.stream()
                        .noneMatch(
                            other -> other.of().equals(s.of()) && point(other).equals(point(s))))
            .toList();
    by(Labels.of(modelled), modelled)
        .forEach(
            (workload, some) ->
                figure5(figures, measured.isEmpty() ? name : name + "modelled-", workload, some));
  }

  private static void figure5(
      List<Figure> figures, String name, String workload, List<Summary> some) {
    List<Summary> timed = Figures.having(some, Measure.TRANSFER_NS);
    if (!timed.isEmpty()) {
      List<String> traces = timed.stream().map(s -> s.setting().traces()).distinct().toList();
      figures.add(
          Figures.transferTime(
              name + Figures.slug(workload),
              "%s%s, %s"
                  .formatted(
                      workload,
                      traces.size() > 1 ? " (%s)".formatted(String.join(", ", traces)) : "",
                      link(timed)),
              Figures.BY_INTERVAL_AXIS,
              timed,
              HouFigures::interval));
    }
  }

  /** How far the modelled link is from the measured one. */
  private static Optional<Figure> linkModel(Map<Summary, Summary> model) {
    if (model.isEmpty()) {
      return Optional.empty();
    }
    List<Summary> measured = List.copyOf(model.keySet());
    Function<Summary, String> label = Labels.withInterval(measured);
    List<String> categories = measured.stream().map(label).distinct().toList();
    List<BarSeries> series = new ArrayList<>();
    Table numbers =
        Numbers.of(
            measured, List.of(Measure.TRANSFER_NS, Measure.PROCESSING_NS, Measure.SENDING_NS));
    var modelled = DoubleColumn.create("modelled_transfer_ns");
    var ratio = DoubleColumn.create("modelled_over_measured");
    for (Summary summary : measured) {
      double value = transferNs(model.get(summary)).value();
      modelled.append(value);
      ratio.append(value / transferNs(summary).value());
    }
    numbers.addColumns(modelled, ratio);
    for (String method : Labels.methods(measured)) {
      List<@Nullable Estimate> values = new ArrayList<>();
      for (String category : categories) {
        values.add(
            measured.stream()
                .filter(s -> s.setting().method().equals(method))
                .filter(s -> label.apply(s).equals(category))
                .findFirst()
                .map(s -> transferNs(model.get(s)).over(transferNs(s)))
                .orElse(null));
      }
      series.add(new BarSeries(method, values));
    }
    return Optional.of(
        new Figure(
            "link-model",
            "Transfer times over 1 Gb/s as modelled from replays without limit, divided by those that"
                + " were measured over a link held to that speed: 1 is exact, and what is modelled"
                + " counts as %s %% off at most."
                    .formatted(TableText.rounded(100 * LinkModel.ERROR)),
            new Bars(
                "workload and interval",
                categories,
                Axis.fitted("modelled / measured", false),
                series,
                categories.stream().map(category -> 1.0).toList(),
                "exact"),
            numbers));
  }

  private static Estimate transferNs(Summary summary) {
    return summary.get(Measure.TRANSFER_NS).orElseThrow();
  }

  /** What the transfers went over. */
  private static String link(List<Summary> timed) {
    Setting setting = timed.getFirst().setting();
    if (setting.modelled()) {
      return "over 1 Gb/s, modelled from measured processing and bytes; what it may be off by is in the"
          + " bars";
    }
    return setting.link().bitsPerSecond() == null
        ? "over the network as it is"
        : "over a link of " + Labels.link(setting);
  }

  private static Figure byInterval(
      String name,
      String caption,
      List<Summary> summaries,
      Function<Summary, String> series,
      Measure measure,
      double unit,
      String label) {
    return new Figure(
        name,
        caption,
        Figures.fitted(
            Figures.bars(
                Figures.BY_INTERVAL_AXIS,
                summaries,
                HouFigures::interval,
                series,
                measure,
                unit,
                Axis.fitted(label, false))),
        Numbers.of(summaries, List.of(measure)));
  }

  private static String interval(Summary summary) {
    return summary.setting().interval();
  }
}
