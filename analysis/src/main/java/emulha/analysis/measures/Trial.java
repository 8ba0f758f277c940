package emulha.analysis.measures;

import emulha.metrics.RunRow;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * The checkpoints of one trial, incremental ones unless said otherwise, of all VMs together or of
 * one of several.
 *
 * <p>A number is NaN, and with it whatever is computed from it, where it is not available: as soon
 * as one of the rows lacks it.
 */
final class Trial {
  private final Table table;
  final long intervalNs;
  private final List<Integer> rows;
  private final List<Integer> fullRows;

  /** Whether this is of all VMs that were protected together. */
  final boolean coversAllVms;

  private final RunRow.@Nullable Store end;

  /**
   * @param all this trial's rows, of the incremental checkpoints and of the full one if there is
   *     one
   * @param coversAllVms whether these are the rows of all VMs
   * @param end what the store took at its end, if that is known
   */
  Trial(
      Table table,
      long intervalNs,
      List<Integer> all,
      boolean coversAllVms,
      RunRow.@Nullable Store end) {
    this.end = end;
    this.table = table;
    this.intervalNs = intervalNs;
    var full = Checkpoints.FULL.flags(table);
    this.rows = all.stream().filter(row -> !Boolean.TRUE.equals(full.get(row))).toList();
    this.fullRows = all.stream().filter(row -> Boolean.TRUE.equals(full.get(row))).toList();
    this.coversAllVms = coversAllVms;
  }

  /** Number of checkpoints, those of several VMs at one instant counting as one. */
  long checkpoints() {
    return byCheckpoint(rows).size();
  }

  /** Exact sum of an integer column. */
  double sum(Checkpoints column) {
    return sum(column, rows);
  }

  /** A column's value for the full checkpoint, summed over the VMs. NaN if the base was skipped. */
  double full(Checkpoints column) {
    return sum(column, fullRows);
  }

  private double sum(Checkpoints column, List<Integer> rows) {
    var values = column.longs(table);
    return rows.isEmpty() || rows.stream().anyMatch(values::isMissing)
        ? Double.NaN
        : rows.stream().mapToLong(values::getLong).reduce(0, Math::addExact);
  }

  /** Sum of a column for each checkpoint. */
  double perCheckpoint(Checkpoints column) {
    return sum(column) / checkpoints();
  }

  double ratio(Checkpoints dividend, Checkpoints divisor) {
    return quotient(sum(dividend), sum(divisor));
  }

  /** What a column's sum is of it and others'. */
  double share(Checkpoints part, Checkpoints... others) {
    return quotient(sum(part), sum(part) + Arrays.stream(others).mapToDouble(this::sum).sum());
  }

  /** NaN if the divisor is 0. */
  static double quotient(double dividend, double divisor) {
    return divisor == 0 ? Double.NaN : dividend / divisor;
  }

  /** What was found of all VMs at the end of the trial. */
  double atTheEnd(Function<RunRow.Store, @Nullable Long> value) {
    Long found = end == null ? null : value.apply(end);
    return found == null ? Double.NaN : found;
  }

  /** One value per checkpoint of a column that has the same in each VM's row; absent ones apart. */
  double[] each(Checkpoints column) {
    var values = column.longs(table);
    return firstRows(rows, values).mapToDouble(values::getLong).toArray();
  }

  /** Mean of {@link #each}. */
  double mean(Checkpoints column) {
    return number(Arrays.stream(each(column)).average());
  }

  /** The full checkpoint's value of a column that has the same in each VM's row. */
  double sharedFull(Checkpoints column) {
    var values = column.longs(table);
    return number(firstRows(fullRows, values).mapToDouble(values::getLong).findFirst());
  }

  /** Share of the checkpoints whose ACK was late. NaN where intervals are not kept. */
  double lateShare() {
    var late = Checkpoints.LATE.flags(table);
    return number(
        firstRows(rows, late)
            .mapToDouble(row -> Boolean.TRUE.equals(late.get(row)) ? 1 : 0)
            .average());
  }

  private static double number(OptionalDouble value) {
    return value.orElse(Double.NaN);
  }

  /** Of each checkpoint the first row that has a value. */
  private IntStream firstRows(List<Integer> rows, Column<?> values) {
    return byCheckpoint(rows).stream()
        .flatMap(group -> group.stream().filter(row -> !values.isMissing(row)).limit(1))
        .mapToInt(Integer::intValue);
  }

  private Collection<List<Integer>> byCheckpoint(List<Integer> rows) {
    var number = Checkpoints.CHECKPOINT.longs(table);
    return Groups.by(number::getLong, rows).values();
  }
}
