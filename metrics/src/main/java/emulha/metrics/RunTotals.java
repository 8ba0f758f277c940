package emulha.metrics;

import emulha.metrics.columns.Column;
import emulha.metrics.columns.Columns;
import emulha.metrics.columns.Metric.Aggregation;
import emulha.metrics.columns.OfCheckpoints;
import emulha.metrics.columns.OfCheckpoints.Which;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Computes the columns of {@link RunRow} that carry {@link OfCheckpoints}, from the rows of the
 * run's checkpoints. What is not per VM counts once a checkpoint. A value computed from any that is
 * unavailable is unavailable. Not thread-safe.
 */
public final class RunTotals {
  private static final Columns<CheckpointRow> ROWS = Columns.of(CheckpointRow.class);
  private static final Columns<RunRow> RUN = Columns.of(RunRow.class);

  private final List<@Nullable Total> totals = new ArrayList<>();
  private CheckpointRow.@Nullable Key last;
  private long checkpoints;

  /** Totals of no rows yet. */
  public RunTotals() {
    for (Column column : RUN.list()) {
      OfCheckpoints of = column.of();
      totals.add(of == null ? null : new Total(column, of));
    }
  }

  /** Adds a row; the rows of a checkpoint's VMs must follow each other. */
  public void add(CheckpointRow row) {
    var key = row.key();
    boolean firstVm =
        last == null || key.trial() != last.trial() || !key.number().equals(last.number());
    last = key;
    boolean full = key.number().full();
    if (firstVm && !full) {
      checkpoints++;
    }
    @Nullable Object[] values = ROWS.values(row);
    for (Total total : totals) {
      if (total != null && total.takes(full, firstVm)) {
        total.add(values[total.source]);
      }
    }
  }

  /** Incremental checkpoints so far, of all VMs together. */
  public long checkpoints() {
    return checkpoints;
  }

  /** A part of the run's row, all of whose columns are computed. */
  public <P extends Record> P part(Class<P> part) {
    return Objects.requireNonNull(optional(part));
  }

  /** Likewise, but null if there is nothing in it. */
  public <P extends Record> @Nullable P optional(Class<P> part) {
    return RUN.part(part, results());
  }

  private @Nullable Object[] results() {
    return totals.stream().map(total -> total == null ? null : total.result()).toArray();
  }

  /** One column's value so far. */
  private static final class Total {
    private final OfCheckpoints of;
    private final Aggregation aggregation;
    private final int source;
    private final boolean perVm;
    private long sum;
    private long count;
    private long largest;
    private boolean missing;
    private final List<Long> values = new ArrayList<>();

    Total(Column column, OfCheckpoints of) {
      this.of = of;
      aggregation = column.metric().aggregation();
      source = ROWS.index(of.column().isEmpty() ? column.name() : of.column());
      perVm = ROWS.list().get(source).metric().perVm();
    }

    boolean takes(boolean full, boolean firstVm) {
      return (perVm || firstVm)
          && switch (of.which()) {
            case INCREMENTAL -> !full;
            case FULL -> full;
            case ALL -> true;
          };
    }

    void add(@Nullable Object value) {
      if (value == null) {
        missing = true;
        return;
      }
      long number = value instanceof Boolean flag ? (flag ? 1 : 0) : ((Number) value).longValue();
      if (of.percentile() > 0) {
        values.add(number);
      }
      sum += number;
      largest = count == 0 ? number : Math.max(largest, number);
      count++;
    }

    @Nullable Object result() {
      if (missing || (count == 0 && (of.which() == Which.FULL || of.percentile() > 0))) {
        return null;
      }
      if (of.percentile() > 0) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.ceilDiv(of.percentile() * count, 100) - 1);
      }
      return switch (aggregation) {
        case SUM -> sum;
        case MEAN -> count == 0 ? 0 : (sum + count / 2) / count;
        case ALL -> sum == count;
        case MAX -> largest;
        case KEY -> throw new IllegalStateException(aggregation + " is not for checkpoints");
      };
    }
  }
}
