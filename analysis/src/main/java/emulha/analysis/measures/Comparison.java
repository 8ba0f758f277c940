package emulha.analysis.measures;

import java.util.Arrays;
import java.util.List;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Two methods against each other, setting by setting. */
public final class Comparison {
  private Comparison() {}

  /**
   * The ratio a/b of a measure in every setting that has both, over trials in fresh pairs of JVMs.
   * Where their times show that trials of both alternated, {@code compared} is {@code pairs}: the
   * median over the ratios of trials next to each other, which cancels what drifts slowly.
   * Otherwise it is {@code samples}: the ratio of the medians. The interval covers with {@code
   * coverage}; below 0.95 it is but the range of what was seen, and so it is where {@code
   * disturbed}: all trials of one of them were, which are compared then. Columns: traces,
   * interval_ms, interval_ns, mode, conditions (what else tells the settings apart), a, b,
   * trials_a, trials_b, disturbed, compared, ratio, ratio_low, ratio_high, coverage.
   *
   * @throws IllegalArgumentException if no setting has both methods, or b has nothing to divide by
   */
  public static Table of(List<Summary> summaries, Measure measure, String a, String b) {
    Table table =
        Table.create(
            StringColumn.create("traces"),
            LongColumn.create("interval_ms"),
            LongColumn.create("interval_ns"),
            StringColumn.create("mode"),
            StringColumn.create("conditions"),
            StringColumn.create("a"),
            StringColumn.create("b"),
            LongColumn.create("trials_a"),
            LongColumn.create("trials_b"),
            BooleanColumn.create("disturbed"),
            StringColumn.create("compared"),
            DoubleColumn.create("ratio"),
            DoubleColumn.create("ratio_low"),
            DoubleColumn.create("ratio_high"),
            DoubleColumn.create("coverage"));
    var conditions = Labels.conditions(summaries);
    boolean zero = false;
    for (Summary one : summaries) {
      for (Summary other : summaries) {
        if (one.wholeSet()
            && other.wholeSet()
            && one.setting().method().equals(a)
            && other.setting().equals(one.setting().withMethod(b))
            && one.get(measure).isPresent()
            && other.get(measure).isPresent()) {
          double[] values = trials(one, measure);
          double[] divisors = trials(other, measure);
          if (Arrays.stream(divisors).anyMatch(divisor -> divisor == 0)) {
            zero = true;
            continue;
          }
          boolean pairs = Span.alternate(one.spans(), other.spans());
          Estimate ratio =
              measure.timed()
                  ? pairs
                      ? Statistics.pairedRatio(values, divisors)
                      : Statistics.ratio(values, divisors)
                  : one.get(measure).orElseThrow().over(other.get(measure).orElseThrow());
          table.stringColumn("traces").append(one.setting().traces());
          table
              .column("interval_ms")
              .appendObj(Intervals.wholeMilliseconds(one.setting().intervalNs()));
          table.longColumn("interval_ns").append(one.setting().intervalNs());
          table.stringColumn("mode").append(one.setting().way().mode());
          table.stringColumn("conditions").append(conditions.apply(one).strip());
          table.stringColumn("a").append(a);
          table.stringColumn("b").append(b);
          boolean disturbed =
              measure.timed() && (one.restsOnDisturbed() || other.restsOnDisturbed());
          table.longColumn("trials_a").append(values.length);
          table.longColumn("trials_b").append(divisors.length);
          table.booleanColumn("disturbed").append(disturbed);
          table.stringColumn("compared").append(pairs ? "pairs" : "samples");
          table.doubleColumn("ratio").append(ratio.value());
          table.doubleColumn("ratio_low").append(ratio.low());
          table.doubleColumn("ratio_high").append(ratio.high());
          table.doubleColumn("coverage").append(disturbed ? 0 : ratio.coverage());
        }
      }
    }
    if (table.rowCount() == 0 && zero) {
      throw new IllegalArgumentException(
          "%s of '%s' is 0, which nothing is so many times; compare with another method or measure"
              .formatted(measure.column(), b));
    }
    if (table.rowCount() == 0) {
      throw new IllegalArgumentException(
          "no setting has %s of both '%s' and '%s'; methods in the results: %s"
              .formatted(
                  measure.column(),
                  a,
                  b,
                  String.join(
                      " ", summaries.stream().map(s -> s.setting().method()).distinct().toList())));
    }
    return table;
  }

  private static double[] trials(Summary summary, Measure measure) {
    return summary.perTrial().getOrDefault(measure, List.of()).stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }
}
