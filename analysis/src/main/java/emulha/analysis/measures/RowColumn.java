package emulha.analysis.measures;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A column of a table that is made of rows.
 *
 * @param <R> what a row is of
 * @param value null where there is none
 */
public record RowColumn<R>(String name, ColumnType type, Function<R, @Nullable Object> value) {
  public static <R> RowColumn<R> text(String name, Function<R, @Nullable Object> value) {
    return new RowColumn<>(name, ColumnType.STRING, value);
  }

  /** A whole number, as {@link Long}. */
  public static <R> RowColumn<R> whole(String name, Function<R, @Nullable Object> value) {
    return new RowColumn<>(name, ColumnType.LONG, value);
  }

  /** A number with a fraction, as {@link Double}. */
  public static <R> RowColumn<R> number(String name, Function<R, @Nullable Object> value) {
    return new RowColumn<>(name, ColumnType.DOUBLE, value);
  }

  public static <R> RowColumn<R> flag(String name, Function<R, @Nullable Object> value) {
    return new RowColumn<>(name, ColumnType.BOOLEAN, value);
  }

  /** A row for each, in their order. */
  public static <R> Table table(List<RowColumn<R>> columns, List<R> rows) {
    Table table = Table.create();
    for (RowColumn<R> declared : columns) {
      Column<?> column = declared.type().create(declared.name());
      rows.forEach(row -> column.appendObj(declared.value().apply(row)));
      table.addColumns(column);
    }
    return table;
  }
}
