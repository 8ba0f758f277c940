package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.Table;

/**
 * Summaries as a table: what was measured under, then measures, unrounded, with intervals. {@code
 * coverage} is the probability with which the intervals of what was timed hold its median: below
 * 0.95 they are ranges of what was seen. Disturbed trials are left out, but where there are no
 * others: then {@code trials} is 0 and every time rests on disturbed ones. What was counted is
 * exact, and its interval empty.
 */
public final class Numbers {
  private Numbers() {}

  /** A row per summary. A measure has three columns: itself, {@code _low} and {@code _high}. */
  public static Table of(List<Summary> summaries, List<Measure> measures) {
    List<RowColumn<Summary>> columns = new ArrayList<>();
    for (SummaryColumn one : SummaryColumn.values()) {
      columns.add(new RowColumn<>(one.column(), one.type, one::of));
    }
    for (Measure measure : measures) {
      String name = measure.column();
      columns.addAll(
          List.of(
              RowColumn.number(name, s -> s.get(measure).map(Estimate::value).orElse(null)),
              RowColumn.number(name + "_low", s -> end(s.get(measure), Estimate::low)),
              RowColumn.number(name + "_high", s -> end(s.get(measure), Estimate::high))));
    }
    return RowColumn.table(columns, summaries);
  }

  /** One trial has no interval: that is unavailable, not an interval of width 0. */
  private static @Nullable Double end(
      Optional<Estimate> estimate, Function<Estimate, Double> which) {
    return estimate.filter(one -> one.trials() > 1 || one.hasInterval()).map(which).orElse(null);
  }

  /** A sentence on the disturbed trials behind a table of summaries, or nothing. */
  public static String onDisturbed(Table table) {
    if (!table.containsColumn(SummaryColumn.DISTURBED_TRIALS.column())) {
      return "";
    }
    LongColumn trials = table.longColumn(SummaryColumn.TRIALS.column());
    LongColumn leftOut = table.longColumn(SummaryColumn.DISTURBED_TRIALS.column());
    long disturbed = (long) leftOut.sum();
    int alone = leftOut.isGreaterThan(0).and(trials.isEqualTo(0)).size();
    if (disturbed == 0) {
      return "";
    }
    String those =
        alone == 0
            ? disturbed == 1 ? " It is left out." : " They are left out."
            : " Times of %d of the %d settings rest on such trials alone."
                .formatted(alone, table.rowCount());
    return disturbed == 1
        ? " Something else kept a trial waiting." + those
        : " Something else kept %d trials waiting.".formatted(disturbed) + those;
  }
}
