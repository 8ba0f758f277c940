package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;

/**
 * The checkpoints of one trial, incremental ones unless said otherwise, of all VMs together or of
 * one of several.
 *
 * <p>A measure is unavailable, and so empty, as soon as one of the rows lacks it.
 */
final class Trial {
  private final Table table;
  private final long intervalNs;
  private final List<Integer> rows;
  private final List<Integer> fullRows;
  private final boolean wholeSet;
  private final RunRow.@Nullable Store end;

  /**
   * @param table checkpoints' rows
   * @param all this trial's rows, of the incremental checkpoints and of the full one if there is
   *     one
   * @param wholeSet whether these are the rows of all VMs: if not, what VMs share is unavailable
   * @param end what the store took at its end, if that is known
   */
  Trial(
      Table table,
      long intervalNs,
      List<Integer> all,
      boolean wholeSet,
      RunRow.@Nullable Store end) {
    this.end = end;
    this.table = table;
    this.intervalNs = intervalNs;
    var full = Checkpoints.FULL.flags(table);
    this.rows = all.stream().filter(row -> !Boolean.TRUE.equals(full.get(row))).toList();
    this.fullRows = all.stream().filter(row -> Boolean.TRUE.equals(full.get(row))).toList();
    this.wholeSet = wholeSet;
  }

  /** Number of checkpoints, those of several VMs at one instant counting as one. */
  long checkpoints() {
    return byCheckpoint().size();
  }

  /** Whether this is of all VMs that were protected together. */
  boolean coversAllVms() {
    return wholeSet;
  }

  long intervalNs() {
    return intervalNs;
  }

  /** Exact sum of an integer column. */
  OptionalLong sum(Checkpoints column) {
    return sum(column, rows);
  }

  /**
   * A column's value for the full checkpoint, summed over the VMs. Empty if the base was skipped.
   */
  OptionalLong full(Checkpoints column) {
    return sum(column, fullRows);
  }

  private OptionalLong sum(Checkpoints column, List<Integer> rows) {
    var values = column.longs(table);
    long sum = 0;
    for (int row : rows) {
      if (values.isMissing(row)) {
        return OptionalLong.empty();
      }
      sum = Math.addExact(sum, values.getLong(row));
    }
    return rows.isEmpty() ? OptionalLong.empty() : OptionalLong.of(sum);
  }

  /** What was found of all VMs at the end of the trial. */
  OptionalLong atTheEnd(Function<RunRow.Store, @Nullable Long> value) {
    Long found = wholeSet && end != null ? value.apply(end) : null;
    return found == null ? OptionalLong.empty() : OptionalLong.of(found);
  }

  /** The quotient of two columns' sums. Empty if the divisor is 0. */
  OptionalDouble ratio(Checkpoints dividend, Checkpoints divisor) {
    OptionalLong a = sum(dividend);
    OptionalLong b = sum(divisor);
    return a.isEmpty() || b.isEmpty() || b.getAsLong() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) a.getAsLong() / b.getAsLong());
  }

  /** The quotient of two columns' sums, of what VMs share too. */
  OptionalDouble sharedRatio(Checkpoints dividend, Checkpoints divisor) {
    return wholeSet ? ratio(dividend, divisor) : OptionalDouble.empty();
  }

  /** One value per checkpoint of a column that has the same in each VM's row; absent ones apart. */
  double[] shared(Checkpoints column) {
    if (!wholeSet) {
      return new double[0];
    }
    var values = column.longs(table);
    return firstRows(row -> !values.isMissing(row)).stream().mapToDouble(values::getLong).toArray();
  }

  /** Share of the checkpoints whose ACK was late. Empty where intervals are not kept. */
  OptionalDouble lateShare() {
    var late = Checkpoints.LATE.flags(table);
    if (!wholeSet) {
      return OptionalDouble.empty();
    }
    return firstRows(row -> !late.isMissing(row)).stream()
        .mapToDouble(row -> Boolean.TRUE.equals(late.get(row)) ? 1 : 0)
        .average();
  }

  private List<Integer> firstRows(IntPredicate wanted) {
    List<Integer> first = new ArrayList<>();
    byCheckpoint()
        .values()
        .forEach(group -> group.stream().filter(wanted::test).findFirst().ifPresent(first::add));
    return first;
  }

  private Map<Long, List<Integer>> byCheckpoint() {
    var number = Checkpoints.CHECKPOINT.longs(table);
    Map<Long, List<Integer>> groups = new LinkedHashMap<>();
    for (int row : rows) {
      groups.computeIfAbsent(number.getLong(row), n -> new ArrayList<>()).add(row);
    }
    return groups;
  }
}
