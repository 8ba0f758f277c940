package emulha.testsupport;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
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
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<?> canonical = type.getDeclaredConstructor(types);
      canonical.setAccessible(true);
      return canonical.newInstance(
          Arrays.stream(types).map(inner -> counting(inner, next)).toArray());
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " cannot be made", e);
    }
  }
}
