package emulha.emulharcv.stores;

import emulha.codecs.Method;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A kind of store. To add one: a class with a {@link CheckpointStore} and its kind, and its lines
 * here; sweeps take it, and {@code CheckpointStoreContractTest} tries it.
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

  /** Names of those that keep checkpoints as CRIU dumps processes. */
  Set<String> DUMPS = Set.of(CriuStore.KIND.name(), NaiveCriuStore.KIND.name());

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

  /**
   * What the command line takes for one of many receivers, see {@link SharedStore}.
   *
   * @param text how a sweep names the store
   * @param name of what the receiver does, unique
   * @param place where it may make a directory
   * @return empty if the text names none of this kind
   * @throws IllegalArgumentException if it does, and must not be kept with results
   */
  Optional<String> shared(String text, String name, String place);

  /** What {@link #shared} takes as text. */
  default String sharedSyntax() {
    return name();
  }

  /** Whether it keeps checkpoints in a directory. */
  default boolean inDirectory() {
    return false;
  }

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
