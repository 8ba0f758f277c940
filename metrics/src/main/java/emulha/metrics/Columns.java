package emulha.metrics;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a row's record declares, in order. Component {@code wireBytes} is column {@code
 * wire_bytes}; components are {@code String}, {@code int}, {@code long} or {@code boolean}, or the
 * boxed type marked {@code @Nullable}. Immutable.
 *
 * @param <R> the row's record
 */
public final class Columns<R extends Record> {
  private final Class<R> row;
  private final List<Column> list;
  private final List<Class<?>> types;
  private final List<MethodHandle> accessors;
  private final MethodHandle constructor;

  private Columns(
      Class<R> row,
      List<Column> list,
      List<Class<?>> types,
      List<MethodHandle> accessors,
      MethodHandle constructor) {
    this.row = row;
    this.list = List.copyOf(list);
    this.types = List.copyOf(types);
    this.accessors = List.copyOf(accessors);
    this.constructor = constructor;
  }

  /**
   * The columns of a record.
   *
   * @throws IllegalStateException if a component carries no {@link Metric}, an empty meaning, or a
   *     type that columns cannot have
   */
  public static <R extends Record> Columns<R> of(Class<R> row) {
    List<Column> list = new ArrayList<>();
    List<Class<?>> types = new ArrayList<>();
    List<MethodHandle> accessors = new ArrayList<>();
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    try {
      for (RecordComponent component : row.getRecordComponents()) {
        list.add(column(row, component));
        types.add(component.getType());
        var accessor = component.getAccessor();
        accessor.setAccessible(true);
        accessors.add(
            lookup.unreflect(accessor).asType(MethodType.methodType(Object.class, Record.class)));
      }
      var constructor = row.getDeclaredConstructor(types.toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return new Columns<>(
          row,
          list,
          types,
          accessors,
          lookup
              .unreflectConstructor(constructor)
              .asSpreader(Object[].class, types.size())
              .asType(MethodType.methodType(Record.class, Object[].class)));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot reach the components of " + row.getName(), e);
    }
  }

  private static Column column(Class<?> row, RecordComponent component) {
    String where = row.getSimpleName() + "." + component.getName();
    Metric metric = component.getAnnotation(Metric.class);
    if (metric == null || metric.meaning().isBlank()) {
      throw new IllegalStateException(where + " declares no metric");
    }
    Class<?> type = component.getType();
    boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    if (!type.isPrimitive() && type != String.class && !nullable) {
      throw new IllegalStateException(where + " is boxed but not @Nullable");
    }
    Column.Type kind =
        switch (type.getSimpleName()) {
          case "String" -> Column.Type.TEXT;
          case "int", "Integer", "long", "Long" -> Column.Type.INTEGER;
          case "boolean", "Boolean" -> Column.Type.FLAG;
          default -> throw new IllegalStateException(where + " has type " + type.getName());
        };
    return new Column(
        component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT),
        kind,
        nullable,
        metric.unit(),
        metric.aggregation(),
        metric.meaning());
  }

  /** The columns in order. */
  public List<Column> list() {
    return list;
  }

  /** The columns' names in order: the header. */
  public List<String> names() {
    return list.stream().map(Column::name).toList();
  }

  /**
   * Checks that a file's header is exactly this one.
   *
   * @param header the file's first line, split
   * @return what is wrong with it in one line, or null if nothing is
   */
  public @Nullable String mismatch(List<String> header) {
    List<String> names = names();
    if (names.equals(header)) {
      return null;
    }
    Set<String> missing = new LinkedHashSet<>(names);
    header.forEach(missing::remove);
    Set<String> unknown = new LinkedHashSet<>(header);
    names.forEach(unknown::remove);
    Set<String> seen = new LinkedHashSet<>();
    Set<String> twice =
        header.stream()
            .filter(name -> !seen.add(name))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    List<String> faults = new ArrayList<>();
    if (!missing.isEmpty()) {
      faults.add("missing columns: " + String.join(", ", missing));
    }
    if (!unknown.isEmpty()) {
      faults.add("unknown columns: " + String.join(", ", unknown));
    }
    if (!twice.isEmpty()) {
      faults.add("columns given twice: " + String.join(", ", twice));
    }
    if (faults.isEmpty()) {
      faults.add("columns in another order");
    }
    return String.join("; ", faults)
        + "; expected exactly the columns of docs/DATA_DICTIONARY.md: "
        + String.join(",", names);
  }

  /** The row's values as the file has them; an unavailable value is the empty text. */
  String[] format(R values) {
    String[] cells = new String[list.size()];
    for (int i = 0; i < cells.length; i++) {
      Object value = get(i, values);
      if (value == null && !list.get(i).nullable()) {
        throw new IllegalArgumentException(
            row.getSimpleName() + ": column " + list.get(i).name() + " must not be null");
      }
      cells[i] = value == null ? "" : value.toString();
    }
    return cells;
  }

  private @Nullable Object get(int i, R values) {
    try {
      return accessors.get(i).invokeExact((Record) values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The row that cells of a file stand for.
   *
   * @throws IllegalArgumentException if a cell is not of its column's type, or the record refuses
   *     the values; the message names the column
   */
  R parse(String[] cells) {
    if (cells.length != list.size()) {
      throw new IllegalArgumentException(
          "expected %d values, found %d".formatted(list.size(), cells.length));
    }
    @Nullable Object[] values = new Object[cells.length];
    for (int i = 0; i < cells.length; i++) {
      values[i] = parse(i, cells[i]);
    }
    try {
      return row.cast((Record) constructor.invokeExact(values));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private @Nullable Object parse(int i, String cell) {
    Column column = list.get(i);
    if (cell.isEmpty() && column.nullable()) {
      return null;
    }
    return switch (column.type()) {
      case TEXT -> cell;
      case FLAG ->
          switch (cell) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(column, cell, "true or false");
          };
      case INTEGER -> {
        try {
          yield types.get(i) == int.class || types.get(i) == Integer.class
              ? (Object) Integer.valueOf(cell)
              : (Object) Long.valueOf(cell);
        } catch (NumberFormatException e) {
          throw wrong(column, cell, "an integer");
        }
      }
    };
  }

  private static IllegalArgumentException wrong(Column column, String cell, String expected) {
    return new IllegalArgumentException(
        "column %s: expected %s, found '%s'".formatted(column.name(), expected, cell));
  }
}
