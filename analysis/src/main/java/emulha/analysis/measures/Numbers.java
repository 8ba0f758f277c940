package emulha.analysis.measures;

import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

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
    Table table = Table.create();
    for (SummaryColumn declared : SummaryColumn.values()) {
      Column<?> column = declared.type().create(declared.column());
      summaries.forEach(summary -> column.appendObj(declared.of(summary)));
      table.addColumns(column);
    }
    for (Measure measure : measures) {
      var value = DoubleColumn.create(measure.column());
      var low = DoubleColumn.create(measure.column() + "_low");
      var high = DoubleColumn.create(measure.column() + "_high");
      for (Summary summary : summaries) {
        Optional<Estimate> estimate = summary.get(measure);
        if (estimate.isPresent()) {
          value.append(estimate.get().value());
        } else {
          value.appendMissing();
        }
        // One trial has no interval: that is unavailable, not an interval of width 0.
        if (estimate.isPresent() && (estimate.get().trials() > 1 || estimate.get().hasInterval())) {
          low.append(estimate.get().low());
          high.append(estimate.get().high());
        } else {
          low.appendMissing();
          high.appendMissing();
        }
      }
      table.addColumns(value, low, high);
    }
    return table;
  }

  /** A sentence on the disturbed trials behind a table of summaries, or nothing. */
  public static String onDisturbed(Table table) {
    if (!table.containsColumn(SummaryColumn.DISTURBED_TRIALS.column())) {
      return "";
    }
    long disturbed = 0;
    long alone = 0;
    for (Row row : table) {
      disturbed += row.getLong(SummaryColumn.DISTURBED_TRIALS.column());
      alone +=
          row.getLong(SummaryColumn.DISTURBED_TRIALS.column()) > 0
                  && row.getLong(SummaryColumn.TRIALS.column()) == 0
              ? 1
              : 0;
    }
    if (disturbed == 0) {
      return "";
    }
    return disturbed == 1
        ? " Something else kept a trial waiting." + left(alone, table, " It is left out.")
        : " Something else kept %d trials waiting.".formatted(disturbed)
            + left(alone, table, " They are left out.");
  }

  private static String left(long alone, Table table, String out) {
    return alone == 0
        ? out
        : " Times of %d of the %d settings rest on such trials alone."
            .formatted(alone, table.rowCount());
  }
}
