package emulha.papers.survey;

import emulha.analysis.drawing.Figure;
import emulha.analysis.drawing.Figure.Axis;
import emulha.analysis.drawing.Figure.BarSeries;
import emulha.analysis.drawing.Figure.Bars;
import emulha.analysis.measures.Estimate;
import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Groups;
import emulha.analysis.measures.Intervals;
import emulha.analysis.measures.Labels;
import emulha.analysis.measures.Measure;
import emulha.analysis.measures.Numbers;
import emulha.analysis.measures.RowColumn;
import emulha.analysis.measures.Statistics;
import emulha.analysis.measures.Summary;
import emulha.analysis.measures.TableText;
import emulha.papers.ReportTable;
import emulha.papers.Shown;
import emulha.papers.survey.Choices.Choice;
import emulha.papers.survey.Choices.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Every method on every recording: what each saves and costs, and which to take where. */
public final class Survey {
  /** Methods in the figure of regrets. */
  private static final int MOST_DRAWN = 8;

  private static final double MIB = 1 << 20;

  private static final List<RowColumn<Choice>> PLACE =
      List.of(
          RowColumn.text("traces", choice -> choice.workload().traces()),
          RowColumn.whole("interval_ns", choice -> choice.workload().intervalNs()),
          RowColumn.whole("link_bits_per_second", Choice::linkBitsPerSecond));

  private static final List<RowColumn<Choice>> CHOSEN =
      joined(
          List.of(
              RowColumn.text("method", choice -> choice.best().setting().method()),
              RowColumn.text("tied_with", choice -> String.join(" ", choice.ties())),
              RowColumn.number("achieved_hertz", choice -> choice.achievedHertz(choice.best()))));

  private static final List<RowColumn<Choice>> ADVISED =
      joined(
          List.of(
              RowColumn.text("advised", choice -> choice.advised().orElse("")),
              RowColumn.number(
                  "advised_regret",
                  choice -> choice.advised().flatMap(choice::regret).orElse(null))));

  private Survey() {}

  /** What is shown of it; the points are also what each setting would be over each of the links. */
  public static Shown of(Evidence evidence) {
    List<Figure> figures = new ArrayList<>();
    List<ReportTable> tables = new ArrayList<>();
    List<Summary> sets = evidence.sets();
    if (!sets.isEmpty()) {
      tables.add(reduction(sets));
      tables.add(cost(sets));
    }
    List<Summary> modelled = Choices.modelled(evidence);
    List<Choice> choices = Choices.of(evidence, modelled);
    if (!choices.isEmpty()) {
      List<Regret> regrets = Regret.of(choices);
      figures.add(regretFigure(regrets));
      tables.add(best(choices));
      tables.add(regret(choices, regrets));
      tables.add(advice(choices));
    }
    List<Summary> points = new ArrayList<>(evidence.summaries());
    points.addAll(modelled);
    return new Shown(figures, tables, points);
  }

  private static ReportTable reduction(List<Summary> sets) {
    Map<String, Map<String, Double>> byMethod = new TreeMap<>();
    List<String> recordings = new ArrayList<>();
    // What was both reduced and replayed has the same bytes.
    Groups.by(s -> s.setting().traces(), sets)
        .forEach(
            (traces, all) -> {
              List<Summary> some = Intervals.atNearestToHundred(all);
              String name = where(Workload.of(some.getFirst()));
              recordings.add(name);
              for (Summary one : some) {
                byMethod
                    .computeIfAbsent(one.setting().method(), m -> new HashMap<>())
                    .putIfAbsent(name, 100 * one.value(Measure.TRAFFIC_REDUCTION));
              }
            });
    List<String> methods =
        byMethod.keySet().stream()
            .sorted(
                Comparator.comparingDouble(
                    method ->
                        -byMethod.get(method).values().stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElse(0)))
            .toList();
    Table shown = Table.create(StringColumn.create("method", methods));
    for (String recording : recordings) {
      var column = DoubleColumn.create(recording);
      for (String method : methods) {
        Double percent = byMethod.get(method).get(recording);
        column.append(percent == null ? null : (Double) tenth(percent));
      }
      shown.addColumns(column);
    }
    return new ReportTable(
        "survey-reduction",
        "Traffic reduction in per cent, at the interval nearest to 100 ms, the most on"
            + " average first. The file has all intervals.",
        shown,
        1,
        Numbers.of(sets, List.of(Measure.TRAFFIC_REDUCTION, Measure.DIRTY_PAGES)));
  }

  private static ReportTable cost(List<Summary> sets) {
    Map<String, List<Summary>> byMethod = new TreeMap<>(Labels.BY_SIZE);
    byMethod.putAll(Groups.by(Summary::method, sets));
    var method = StringColumn.create("method");
    var sender = StringColumn.create("sender codec CPU per page (µs)");
    var receiver = StringColumn.create("receiver codec CPU per page (µs)");
    var memory = StringColumn.create("sender memory (MiB)");
    byMethod.forEach(
        (name, all) -> {
          method.append(name);
          sender.append(spread(all, Measure.SENDER_CODEC_CPU_NS_PER_PAGE, 1e-3));
          receiver.append(spread(all, Measure.RECEIVER_CODEC_CPU_NS_PER_PAGE, 1e-3));
          memory.append(spread(all, Measure.SENDER_MEMORY_BYTES, 1 / MIB));
        });
    return new ReportTable(
        "survey-cost",
        "What each method takes: the median over recordings and intervals, and from the least to the"
            + " most of them.",
        Table.create(method, sender, receiver, memory),
        1,
        Numbers.of(
            sets,
            List.of(
                Measure.SENDER_CODEC_CPU_NS_PER_PAGE,
                Measure.RECEIVER_CODEC_CPU_NS_PER_PAGE,
                Measure.SENDER_MEMORY_BYTES,
                Measure.RECEIVER_MEMORY_BYTES)));
  }

  private static String spread(List<Summary> all, Measure measure, double unit) {
    // What was both reduced and replayed is one setting.
    Map<Workload, Double> each = new LinkedHashMap<>();
    for (Summary one : all) {
      one.get(measure).ifPresent(found -> each.putIfAbsent(Workload.of(one), found.value() * unit));
    }
    double[] values = each.values().stream().mapToDouble(Double::doubleValue).toArray();
    return values.length == 0
        ? ""
        : "%s (%s to %s)"
            .formatted(
                TableText.rounded(tenth(Statistics.quantile(0.5, values))),
                TableText.rounded(tenth(Statistics.quantile(0, values))),
                TableText.rounded(tenth(Statistics.quantile(1, values))));
  }

  private static List<RowColumn<Choice>> joined(List<RowColumn<Choice>> more) {
    return Stream.concat(PLACE.stream(), more.stream()).toList();
  }

  /** A row for each workload, and for each link a text. */
  private static Table byLink(List<Choice> choices, Function<Choice, String> text) {
    Map<String, Map<Long, String>> rows = new LinkedHashMap<>();
    for (Choice choice : choices) {
      rows.computeIfAbsent(where(choice.workload()), where -> new TreeMap<>())
          .put(choice.linkBitsPerSecond(), text.apply(choice));
    }
    Table table = Table.create(StringColumn.create("recording and interval", rows.keySet()));
    for (long link : Choices.LINKS) {
      var column = StringColumn.create(speed(link));
      rows.values().forEach(row -> column.append(row.getOrDefault(link, "")));
      table.addColumns(column);
    }
    return table;
  }

  private static ReportTable best(List<Choice> choices) {
    Table shown =
        byLink(
            choices,
            choice ->
                choice.best().setting().method()
                    + (choice.ties().isEmpty()
                        ? ""
                        : " (%d tied)".formatted(choice.ties().size())));
    return new ReportTable(
        "survey-choice",
        "The method with the shortest transfers, by recording, interval and link; how many others"
            + " nothing tells apart from it. Modelled from processing measured without limit"
            + " (docs/NUMBERS.md).",
        shown,
        shown.columnCount(),
        RowColumn.table(CHOSEN, choices));
  }

  /** A method's regrets over all workloads, by link. */
  private record Regret(String method, Map<Long, List<Double>> byLink) {
    /** Of methods that were replayed for every choice, the least mean first. */
    static List<Regret> of(List<Choice> choices) {
      Map<String, Map<Long, List<Double>>> all = new TreeMap<>(Labels.BY_SIZE);
      for (Choice choice : choices) {
        for (Summary method : choice.methods()) {
          all.computeIfAbsent(method.setting().method(), m -> new TreeMap<>())
              .computeIfAbsent(choice.linkBitsPerSecond(), l -> new ArrayList<>())
              .add(choice.regret(method));
        }
      }
      return all.entrySet().stream()
          .map(one -> new Regret(one.getKey(), one.getValue()))
          .filter(one -> one.byLink.values().stream().mapToInt(List::size).sum() == choices.size())
          .sorted(Comparator.comparingDouble(Regret::mean))
          .toList();
    }

    double mean() {
      return byLink.values().stream().mapToDouble(Survey::mean).average().orElseThrow();
    }
  }

  private static ReportTable regret(List<Choice> choices, List<Regret> regrets) {
    Table shown =
        Table.create(StringColumn.create("method", regrets.stream().map(Regret::method).toList()));
    for (long link : Choices.LINKS) {
      var column = StringColumn.create(speed(link));
      for (Regret regret : regrets) {
        List<Double> some = regret.byLink().getOrDefault(link, List.of());
        column.append(
            some.isEmpty()
                ? ""
                : "%s (%s)".formatted(percent(mean(some)), percent(Collections.max(some))));
      }
      shown.addColumns(column);
    }
    return new ReportTable(
        "survey-regret",
        "Regret of always taking one method, in per cent of the best one's transfer time: the mean"
            + " over recordings and intervals, and the worst of them.",
        shown,
        1,
        RowColumn.table(
            TRANSFERS,
            choices.stream()
                .flatMap(
                    choice -> choice.methods().stream().map(method -> new Transfer(choice, method)))
                .toList()));
  }

  private record Transfer(Choice choice, Summary method) {
    Estimate ns() {
      return Choices.transferNs(method);
    }

    @Nullable Double end(ToDoubleFunction<Estimate> end) {
      return ns().hasInterval() ? (Double) end.applyAsDouble(ns()) : null;
    }
  }

  private static final List<RowColumn<Transfer>> TRANSFERS =
      List.of(
          RowColumn.text("traces", one -> one.choice().workload().traces()),
          RowColumn.whole("interval_ns", one -> one.choice().workload().intervalNs()),
          RowColumn.whole("link_bits_per_second", one -> one.choice().linkBitsPerSecond()),
          RowColumn.text("method", one -> one.method().setting().method()),
          RowColumn.number("transfer_ns", one -> one.ns().value()),
          RowColumn.number("transfer_ns_low", one -> one.end(Estimate::low)),
          RowColumn.number("transfer_ns_high", one -> one.end(Estimate::high)),
          RowColumn.whole("trials", one -> (long) one.method().trials()),
          RowColumn.number("achieved_hertz", one -> one.choice().achievedHertz(one.method())),
          RowColumn.number("regret", one -> one.choice().regret(one.method())),
          RowColumn.flag("certainly_slower", one -> one.choice().certainlySlower(one.method())));

  private static ReportTable advice(List<Choice> choices) {
    Table shown =
        byLink(
            choices,
            choice ->
                choice
                    .advised()
                    .map(
                        method ->
                            method
                                + choice
                                    .regret(method)
                                    .map(regret -> " (%s)".formatted(percent(regret)))
                                    .orElse(""))
                    .orElse("no method keeps the interval"));
    return new ReportTable(
        "survey-advice",
        "What the adviser takes for the shortest transfers who has seen the first tenth of the"
            + " checkpoints, and its regret over all of them in per cent.",
        shown,
        shown.columnCount(),
        RowColumn.table(ADVISED, choices));
  }

  private static Figure regretFigure(List<Regret> regrets) {
    List<Regret> drawn = regrets.stream().limit(MOST_DRAWN).toList();
    List<BarSeries> series = new ArrayList<>();
    for (Regret regret : drawn) {
      List<@Nullable Estimate> values = new ArrayList<>();
      for (long link : Choices.LINKS) {
        List<Double> some = regret.byLink().get(link);
        values.add(some == null ? null : Estimate.exact(100 * mean(some)));
      }
      series.add(new BarSeries(regret.method(), values));
    }
    var method = StringColumn.create("method");
    var link = LongColumn.create("link_bits_per_second");
    var mean = DoubleColumn.create("mean_regret");
    var worst = DoubleColumn.create("worst_regret");
    for (Regret regret : regrets) {
      regret
          .byLink()
          .forEach(
              (speed, some) -> {
                method.append(regret.method());
                link.append(speed);
                mean.append(mean(some));
                worst.append(Collections.max(some));
              });
    }
    return new Figure(
        "survey-regret",
        "Mean regret of always taking one method, of the %d with the least: how much longer transfers"
                .formatted(drawn.size())
            + " take than the best method's for each recording, interval and link.",
        new Bars(
            "link",
            Choices.LINKS.stream().map(Survey::speed).toList(),
            Axis.fitted("mean regret (%)", false),
            series),
        Table.create(method, link, mean, worst));
  }

  private static double mean(List<Double> values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.size();
  }

  private static String where(Workload workload) {
    return workload.traces() + ", " + Intervals.milliseconds(workload.intervalNs()) + " ms";
  }

  private static String speed(long bitsPerSecond) {
    return bitsPerSecond / 1_000_000_000 + " Gbit/s";
  }

  private static String percent(double ratio) {
    return TableText.rounded((double) Math.round(100 * ratio));
  }

  private static double tenth(double value) {
    return Math.round(10 * value) / 10.0;
  }
}
