package emulha.metrics.columns;

import emulha.metrics.columns.Metric.Count;
import emulha.metrics.columns.Metric.Identifier;
import emulha.metrics.columns.Metric.Meaning;
import emulha.names.Names;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a row's record declares, in order. Component {@code wireBytes} is column {@code
 * wire_bytes}; components are {@code String}, {@code int}, {@code long} or {@code boolean}, or the
 * boxed type marked {@code @Nullable}, or records of such: parts, whose columns stand in their
 * place. A part marked {@code @Nullable} is null where all its columns are empty. Immutable.
 *
 * @param <R> the row's record
 */
public final class Columns<R extends Record> {
  private final Class<R> row;
  private final List<Column> list = new ArrayList<>();
  private final List<Class<?>> types = new ArrayList<>();
  private final Map<Class<?>, Part> parts = new LinkedHashMap<>();

  /** A record of columns or of further parts. */
  private record Part(
      int first, int columns, boolean nullable, List<Field> fields, Constructor<?> constructor) {}

  /**
   * A component of a part.
   *
   * @param part what it consists of; null if it is a column
   */
  private record Field(Method accessor, @Nullable Part part) {}

  private Columns(Class<R> row) {
    this.row = row;
    try {
      part(row, false, false);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot reach the components of " + row.getName(), e);
    }
  }

  /**
   * The columns of a record.
   *
   * @throws IllegalStateException if a component carries no {@link Metric} and none of its short
   *     forms, an empty meaning, or a type that columns cannot have; or two columns have one name
   */
  public static <R extends Record> Columns<R> of(Class<R> row) {
    return new Columns<>(row);
  }

  private Part part(Class<?> type, boolean nullable, boolean within)
      throws ReflectiveOperationException {
    int first = list.size();
    List<Class<?>> arguments = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      boolean may = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
      Part part = null;
      if (component.getType().isRecord()) {
        part = part(component.getType(), may, within || may);
      } else {
        Column column = column(type, component, may, within);
        if (names().contains(column.name())) {
          throw new IllegalStateException(type.getName() + " has " + column.name() + " twice");
        }
        list.add(column);
        types.add(component.getType());
      }
      arguments.add(component.getType());
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      fields.add(new Field(accessor, part));
    }
    var constructor = type.getDeclaredConstructor(arguments.toArray(Class<?>[]::new));
    constructor.setAccessible(true);
    var made = new Part(first, list.size() - first, nullable, fields, constructor);
    parts.put(type, made);
    return made;
  }

  private static Column column(
      Class<?> row, RecordComponent component, boolean nullable, boolean within) {
    String where = row.getSimpleName() + "." + component.getName();
    Metric metric = null;
    String meaning = "";
    for (Annotation annotation : component.getAnnotations()) {
      Metric declared =
          annotation instanceof Metric given
              ? given
              : annotation.annotationType().getAnnotation(Metric.class);
      metric = declared == null ? metric : declared;
      meaning =
          switch (annotation) {
            case Meaning said -> said.value();
            case Identifier id -> id.value();
            case Count count -> count.value();
            default -> meaning;
          };
    }
    if (metric == null || meaning.isBlank()) {
      throw new IllegalStateException(where + " declares no metric");
    }
    Class<?> type = component.getType();
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
        nullable || within,
        metric,
        meaning,
        component.getAnnotation(OfCheckpoints.class));
  }

  /** The columns in order. */
  public List<Column> list() {
    return List.copyOf(list);
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
      faults.add("missing columns: " + Names.few(Names.sorted(unknown, missing)));
    }
    if (!unknown.isEmpty()) {
      faults.add("unknown columns: " + Names.few(unknown));
    }
    if (!twice.isEmpty()) {
      faults.add("columns given twice: " + Names.few(twice));
    }
    if (faults.isEmpty()) {
      faults.add("columns in another order");
    }
    return "%s; expected exactly the %d columns that docs/DATA_DICTIONARY.md lists, in their order"
        .formatted(String.join("; ", faults), names.size());
  }

  /**
   * Where a column is, from 0.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public int index(String name) {
    int index = names().indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "%s has no column %s; there are: %s"
              .formatted(row.getSimpleName(), name, Names.nearest(name, names())));
    }
    return index;
  }

  /** A row's values in the order of the columns; null where unavailable. */
  public @Nullable Object[] values(R values) {
    @Nullable Object[] all = new Object[list.size()];
    collect(partOf(row), values, all);
    return all;
  }

  private void collect(Part part, Record record, @Nullable Object[] to) {
    int at = part.first();
    for (Field field : part.fields()) {
      Object value = get(field.accessor(), record);
      Part below = field.part();
      if (below == null) {
        to[at++] = value;
      } else {
        if (value != null) {
          collect(below, (Record) value, to);
        } else if (!below.nullable()) {
          throw new IllegalArgumentException(
              "%s: columns from %s on must not be null"
                  .formatted(row.getSimpleName(), list.get(below.first()).name()));
        }
        at += below.columns();
      }
    }
  }

  /** The row's values as the file has them; an unavailable value is the empty text. */
  String[] format(R record) {
    @Nullable Object[] values = values(record);
    String[] cells = new String[values.length];
    for (int i = 0; i < cells.length; i++) {
      Object value = values[i];
      if (value == null && !list.get(i).nullable()) {
        throw new IllegalArgumentException(
            row.getSimpleName() + ": column " + list.get(i).name() + " must not be null");
      }
      cells[i] =
          value == null
              ? ""
              : list.get(i).type() == Column.Type.TEXT
                  ? CsvText.cell(value.toString())
                  : value.toString();
    }
    return cells;
  }

  private static @Nullable Object get(Method accessor, Record record) {
    try {
      return accessor.invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The part of that type, of a row with these values; null if it may be and none is there. */
  public <P extends Record> @Nullable P part(Class<P> type, @Nullable Object[] values) {
    return type.cast(make(partOf(type), values));
  }

  private Part partOf(Class<?> type) {
    return Objects.requireNonNull(parts.get(type));
  }

  private @Nullable Record make(Part part, @Nullable Object[] values) {
    int end = part.first() + part.columns();
    if (part.nullable() && Arrays.stream(values, part.first(), end).allMatch(Objects::isNull)) {
      return null;
    }
    @Nullable Object[] arguments = new Object[part.fields().size()];
    int at = part.first();
    for (int i = 0; i < arguments.length; i++) {
      Part below = part.fields().get(i).part();
      if (below != null) {
        arguments[i] = make(below, values);
        at += below.columns();
      } else if (values[at] == null && types.get(at).isPrimitive()) {
        throw new IllegalArgumentException(
            "column %s: is empty, though %s are not"
                .formatted(
                    list.get(at).name(),
                    list.subList(part.first(), end).stream()
                        .map(Column::name)
                        .filter(name -> values[index(name)] != null)
                        .collect(Collectors.joining(", "))));
      } else {
        arguments[i] = values[at++];
      }
    }
    try {
      return (Record) part.constructor().newInstance(arguments);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case RuntimeException refusal -> throw refusal;
        case Error error -> throw error;
        default -> throw new IllegalStateException(e);
      }
    } catch (ReflectiveOperationException e) {
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
    return Objects.requireNonNull(part(row, values));
  }

  private @Nullable Object parse(int i, String cell) {
    Column column = list.get(i);
    if (cell.isEmpty() && column.nullable()) {
      return null;
    }
    return switch (column.type()) {
      case TEXT -> CsvText.text(cell);
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
