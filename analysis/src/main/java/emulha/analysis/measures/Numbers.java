package emulha.analysis.measures;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
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
    Table table =
        Table.create(
            StringColumn.create("traces"),
            StringColumn.create("vm"),
            StringColumn.create("workload"),
            StringColumn.create("origin"),
            StringColumn.create("mode"),
            StringColumn.create("pace"),
            StringColumn.create("base"),
            StringColumn.create("store"),
            StringColumn.create("link_kind"),
            LongColumn.create("link_bits_per_second"),
            LongColumn.create("link_latency_ns"),
            BooleanColumn.create("encrypted"),
            StringColumn.create("method"),
            LongColumn.create("interval_ms"),
            LongColumn.create("interval_ns"),
            LongColumn.create("vms"),
            LongColumn.create("trials"),
            LongColumn.create("disturbed_trials"),
            LongColumn.create("replays"),
            DoubleColumn.create("coverage"),
            LongColumn.create("checkpoints"),
            BooleanColumn.create("verified"));
    for (Summary summary : summaries) {
      Setting setting = summary.setting();
      text(table, "traces", setting.traces());
      text(table, "vm", summary.vm());
      text(table, "workload", summary.workload());
      text(table, "origin", setting.origin());
      text(table, "mode", setting.mode());
      text(table, "pace", setting.pace());
      text(table, "base", setting.base());
      text(table, "store", setting.store());
      text(table, "link_kind", setting.linkKind());
      number(table, "link_bits_per_second", setting.linkBitsPerSecond());
      number(table, "link_latency_ns", setting.linkLatencyNs());
      table.booleanColumn("encrypted").append(setting.encrypted());
      text(table, "method", setting.method());
      Intervals.append(table, setting.intervalNs());
      table.longColumn("vms").append(summary.vms());
      table.longColumn("trials").append(summary.trials());
      table.longColumn("disturbed_trials").append(summary.disturbed());
      table.longColumn("replays").append(summary.replays());
      table
          .doubleColumn("coverage")
          .append(Statistics.medianCoverage(Math.max(1, summary.trials())));
      table.longColumn("checkpoints").append(summary.checkpoints());
      table.booleanColumn("verified").append(summary.verified());
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
    if (!table.columnNames().contains("disturbed_trials")) {
      return "";
    }
    long disturbed = 0;
    long alone = 0;
    for (Row row : table) {
      disturbed += row.getLong("disturbed_trials");
      alone += row.getLong("disturbed_trials") > 0 && row.getLong("trials") == 0 ? 1 : 0;
    }
    return (disturbed == 0 ? "" : " Something else kept %d trials waiting.".formatted(disturbed))
        + (alone == 0
            ? disturbed == 0 ? "" : " They are left out."
            : " Times of %d of the %d settings rest on such trials alone."
                .formatted(alone, table.rowCount()));
  }

  private static void number(Table table, String column, @Nullable Long value) {
    if (value == null) {
      table.longColumn(column).appendMissing();
    } else {
      table.longColumn(column).append(value);
    }
  }

  private static void text(Table table, String column, String value) {
    table.stringColumn(column).append(value);
  }
}
