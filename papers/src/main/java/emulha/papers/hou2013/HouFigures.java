package emulha.papers.hou2013;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.figures.ClusterFigures;
import emulha.analysis.figures.Figures;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Groups;
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
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    Groups.by(Labels.of(sizes), singles(sizes))
        .forEach((name, some) -> figures.add(figure2(name, some)));
    figures.addAll(ClusterFigures.of("hou-figure-3-", evidence.clusters()));
    List<Summary> timed = Figures.having(sets, Measure.SENDER_CODEC_CPU_NS_PER_PAGE);
    String cpu = " codec CPU per page (µs)";
    figures.add(
        figure4(timed, "sender-cpu", Measure.SENDER_CODEC_CPU_NS_PER_PAGE, 1e-3, "sender" + cpu));
    figures.add(
        figure4(
            timed, "receiver-cpu", Measure.RECEIVER_CODEC_CPU_NS_PER_PAGE, 1e-3, "receiver" + cpu));
    figures.add(figure4(sizes, "memory", Measure.SENDER_MEMORY_BYTES, 1e-6, "sender memory (MB)"));
    joined(singles(timed)).forEach((name, some) -> figure5(figures, "hou-figure-5-", name, some));
    figures.add(linkModel(evidence.model()));
    gigabit(figures, Intervals.inOrder(singles(evidence.gigabit())));
    return new Shown(figures, Table2.of(sizes).stream().toList(), evidence.summaries());
  }

  /** Single VMs, and those protected together that are not some of others: they are Figure 3's. */
  private static List<Summary> wholes(List<Summary> sets) {
    List<Set<String>> all = sets.stream().map(s -> s.setting().series(s.vms())).distinct().toList();
    return sets.stream()
        .filter(
            summary ->
                summary.vms() == 1
                    || all.stream()
                        .noneMatch(
                            other ->
                                other.size() > summary.vms()
                                    && other.containsAll(summary.setting().series(summary.vms()))))
        .toList();
  }

  private static List<Summary> singles(List<Summary> sets) {
    return sets.stream().filter(s -> s.vms() == 1).toList();
  }

  /**
   * Results by workload: parts of a recording that were replayed at intervals of their own are one
   * curve. Apart where two would be one point of it, or were measured by another program.
   */
  private static Map<String, List<Summary>> joined(List<Summary> sets) {
    Map<String, List<Summary>> joined = new LinkedHashMap<>();
    Groups.by(Labels.byWorkload(sets), sets)
        .forEach(
            (workload, all) -> {
              if (onePointEach(all)
                  && all.stream().map(s -> s.setting().conditions()).distinct().count() == 1) {
                joined.put(workload, all);
              } else {
                joined.putAll(apart(Labels.of(sets), all));
              }
            });
    return joined;
  }

  /** Results by label, and by program and machine where two would be one point of a curve. */
  private static Map<String, List<Summary>> apart(
      Function<Summary, String> label, List<Summary> sets) {
    Map<String, List<Summary>> apart = new LinkedHashMap<>();
    Groups.by(label, sets)
        .forEach(
            (name, all) -> {
              if (onePointEach(all)) {
                apart.put(name, all);
              } else {
                List<String> differing =
                    Setting.differing(all.stream().map(Summary::setting).toList());
                apart.putAll(
                    Groups.by(
                        one ->
                            one.setting().conditions().stream()
                                .filter(differing::contains)
                                .collect(Collectors.joining(", ", name + ", ", "")),
                        all));
              }
            });
    return apart;
  }

  private static boolean onePointEach(List<Summary> some) {
    return some.stream().map(HouFigures::point).distinct().count() == some.size();
  }

  private static List<Object> point(Summary summary) {
    return List.of(summary.method(), summary.setting().intervalNs());
  }

  private static void figure1AndTable2(
      List<Figure> figures, List<Summary> sets, Function<Summary, String> label) {
    List<Summary> uncompressed = sets.stream().filter(s -> s.setting().uncompressed()).toList();
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

  private static Figure figure2(String workload, List<Summary> some) {
    return new Figure(
        "hou-figure-2-" + Figures.slug(workload),
        "Traffic reduction for a single VM running %s (Hou Figure 2).".formatted(workload),
        Figures.bars(
            Figures.BY_INTERVAL_AXIS,
            some,
            HouFigures::interval,
            Summary::method,
            Measure.TRAFFIC_REDUCTION,
            100,
            Axis.percent("traffic reduction (%)")),
        Numbers.of(some, List.of(Measure.TRAFFIC_REDUCTION)));
  }

  /** A resource's cost at 100 ms, as in the paper, or at the interval nearest to it. */
  private static Figure figure4(
      List<Summary> sets, String name, Measure measure, double unit, String axis) {
    List<Summary> some =
        Groups.by(s -> s.of().workload(), singles(Figures.having(sets, measure))).values().stream()
            .flatMap(all -> Intervals.atNearestToHundred(all).stream())
            .toList();
    Function<Summary, String> label = Labels.of(some);
    return new Figure(
        "hou-figure-4-" + name,
        "Resource cost of replicating a single VM's checkpoints (Hou Figure 4).",
        Figures.fitted(
            Figures.bars(
                "workload",
                some,
                s -> label.apply(s) + ", " + interval(s) + " ms",
                Summary::method,
                measure,
                unit,
                Axis.fitted(axis, false))),
        Numbers.of(some, List.of(measure)));
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
    apart(Labels.of(modelled), modelled)
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
  private static Figure linkModel(Map<Summary, Summary> model) {
    List<Summary> measured = List.copyOf(model.keySet());
    Function<Summary, String> label = Labels.withInterval(measured);
    List<String> categories = measured.stream().map(label).distinct().toList();
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
    return new Figure(
        "link-model",
        "Transfer times over 1 Gb/s as modelled from replays without limit, divided by those that"
            + " were measured over a link held to that speed: 1 is exact, and what is modelled"
            + " counts as %s %% off at most.".formatted(TableText.rounded(100 * LinkModel.ERROR)),
        Bars.of(
                "workload and interval",
                categories,
                Axis.fitted("modelled / measured", false),
                Labels.methods(measured),
                (method, category) ->
                    measured.stream()
                        .filter(s -> s.method().equals(method))
                        .filter(s -> label.apply(s).equals(category))
                        .findFirst()
                        .map(s -> transferNs(model.get(s)).over(transferNs(s)))
                        .orElse(null))
            .withGuides(categories.stream().map(category -> 1.0).toList(), "exact"),
        numbers);
  }

  private static Estimate transferNs(Summary summary) {
    return summary.get(Measure.TRANSFER_NS).orElseThrow();
  }

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
