package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tech.tablesaw.api.Table;

/**
 * The ratio of a measure of two methods in a setting that has both, over trials in fresh pairs of
 * JVMs.
 *
 * @param setting of the first method
 * @param other the other method
 * @param conditions what else tells the settings apart; empty if nothing does
 * @param trials how many trials of the first method are compared
 * @param otherTrials and of the other
 * @param disturbed whether all trials of one of them were, which are compared then
 * @param pairs whether trials of both alternated, as their times show: then the ratio is the median
 *     over the ratios of trials next to each other, which cancels what drifts slowly. Otherwise it
 *     is the ratio of the medians
 * @param ratio the first over the other
 */
public record Comparison(
    Setting setting,
    String other,
    String conditions,
    int trials,
    int otherTrials,
    boolean disturbed,
    boolean pairs,
    Estimate ratio) {
  private static final List<RowColumn<Comparison>> COLUMNS =
      List.of(
          RowColumn.text(SummaryColumn.TRACES.column(), one -> one.setting().traces()),
          RowColumn.whole(
              SummaryColumn.INTERVAL_MS.column(),
              one -> Intervals.wholeMilliseconds(one.setting().intervalNs())),
          RowColumn.whole(SummaryColumn.INTERVAL_NS.column(), one -> one.setting().intervalNs()),
          RowColumn.text(SummaryColumn.MODE.column(), one -> one.setting().way().mode()),
          RowColumn.text("conditions", Comparison::conditions),
          RowColumn.text("a", one -> one.setting().method()),
          RowColumn.text("b", Comparison::other),
          RowColumn.whole("trials_a", one -> (long) one.trials()),
          RowColumn.whole("trials_b", one -> (long) one.otherTrials()),
          RowColumn.flag("disturbed", Comparison::disturbed),
          RowColumn.text("compared", one -> one.pairs() ? "pairs" : "samples"),
          RowColumn.number("ratio", one -> one.ratio().value()),
          RowColumn.number("ratio_low", one -> one.ratio().low()),
          RowColumn.number("ratio_high", one -> one.ratio().high()),
          RowColumn.number("coverage", Comparison::coverage));

  public static Table table(List<Comparison> all) {
    return RowColumn.table(COLUMNS, all);
  }

  /**
   * Probability with which the interval of the ratio holds it; below {@link Estimate#COVERAGE} it
   * is but the range of what was seen.
   */
  public double coverage() {
    return disturbed ? 0 : ratio.coverage();
  }

  /**
   * Compares in every setting that has both methods.
   *
   * @throws IllegalArgumentException if there is none, or b has nothing to divide by
   */
  public static List<Comparison> of(List<Summary> summaries, Measure measure, String a, String b) {
    List<Comparison> all = new ArrayList<>();
    var conditions = Labels.conditions(summaries);
    boolean zero = false;
    List<Summary> sets =
        summaries.stream().filter(s -> s.wholeSet() && s.get(measure).isPresent()).toList();
    for (Summary one : sets) {
      for (Summary other : sets) {
        if (one.method().equals(a) && other.setting().equals(one.setting().withMethod(b))) {
          double[] values = one.perTrial(measure);
          double[] divisors = other.perTrial(measure);
          if (Arrays.stream(divisors).anyMatch(divisor -> divisor == 0)) {
            zero = true;
            continue;
          }
          boolean pairs = measure.timed() && Span.alternate(one.spans(), other.spans());
          Estimate ratio =
              measure.timed()
                  ? pairs
                      ? Statistics.pairedRatio(values, divisors)
                      : Statistics.ratio(values, divisors)
                  : one.get(measure).orElseThrow().over(other.get(measure).orElseThrow());
          all.add(
              new Comparison(
                  one.setting(),
                  b,
                  conditions.apply(one).strip(),
                  values.length,
                  divisors.length,
                  measure.timed() && (one.restsOnDisturbed() || other.restsOnDisturbed()),
                  pairs,
                  ratio));
        }
      }
    }
    if (all.isEmpty() && zero) {
      throw new IllegalArgumentException(
          "%s of '%s' is 0, which nothing is so many times; compare with another method or measure"
              .formatted(measure.column(), b));
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          "no setting has %s of both '%s' and '%s'; methods in the results: %s"
              .formatted(
                  measure.column(),
                  a,
                  b,
                  String.join(" ", summaries.stream().map(Summary::method).distinct().toList())));
    }
    return all;
  }
}
