package emulha.emulharcv.stores;

import emulha.codecs.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of store. To add one: a class with a {@link CheckpointStore} and its kind, its lines here,
 * and its name in {@code CheckpointStoreContractTest}, which tries it.
 */
public interface StoreKind {
  /** What the command line takes for all kinds, in the order of {@link #all}. */
  String SYNTAX =
      RamStore.SYNTAX
          + ", "
          + FileStore.SYNTAX
          + ", "
          + RedisStore.SYNTAX
          + ", "
          + CriuStore.SYNTAX
          + ", "
          + NaiveCriuStore.SYNTAX;

  /** All kinds. */
  static List<StoreKind> all() {
    return List.of(
        RamStore.KIND, FileStore.KIND, RedisStore.KIND, CriuStore.KIND, NaiveCriuStore.KIND);
  }

  /** The name before the colon on the command line, and in results. */
  String name();

  /**
   * The place that a text names.
   *
   * @param text whole, as on the command line
   * @param rest behind the name and its colon; empty if there is none
   * @return null if it names none
   */
  @Nullable StoreLocation locate(String text, String rest);

  /** Whether what it keeps outlives its receiver. */
  default boolean outlivesReceiver() {
    return true;
  }

  /**
   * Refuses a method whose checkpoints it cannot keep.
   *
   * @throws IllegalArgumentException with the reason
   */
  default void require(Method method) {}
}
