package emulha.testsupport;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Records of whole numbers, and of such records, of which a test needs one, not each component: a
 * component more changes no test.
 */
public final class Samples {
  private Samples() {}

  /** A record whose {@code long}s, in order, are {@code first}, {@code first + 1}, …. */
  public static <R extends Record> R counting(Class<R> record, long first) {
    return record.cast(counting(record, new AtomicLong(first)));
  }

  private static Object counting(Class<?> type, AtomicLong next) {
    if (type == long.class) {
      return next.getAndIncrement();
    }
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(type + ": neither a long nor a record of such");
    }
    return made(
        type, Arrays.stream(components).map(inner -> counting(inner.getType(), next)).toArray());
  }

  /** The record with these parts, each in place of its own of that type. */
  static <R extends Record> R with(Class<R> type, R record, Record... parts) {
    List<Object> values = new ArrayList<>();
    try {
      for (RecordComponent component : type.getRecordComponents()) {
        values.add(component.getAccessor().invoke(record));
        for (Record part : parts) {
          if (component.getType().isInstance(part)) {
            values.set(values.size() - 1, part);
          }
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " cannot be read", e);
    }
    return type.cast(made(type, values.toArray()));
  }

  private static Object made(Class<?> type, Object[] values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> canonical = type.getDeclaredConstructor(types);
      canonical.setAccessible(true);
      return canonical.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " cannot be made", e);
    }
  }
}
