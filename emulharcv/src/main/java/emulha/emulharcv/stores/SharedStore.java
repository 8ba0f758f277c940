package emulha.emulharcv.stores;

import emulha.names.Names;
import java.util.List;
import java.util.Optional;

/**
 * A store as a sweep names it, for many receivers, each of which has a place of its own in it. The
 * same text is the same store.
 *
 * @param text as on the command line: the kind's name, or what names a server
 */
public record SharedStore(StoreKind kind, String text) {
  /** Each receiver's RAM. */
  public static final SharedStore RAM = new SharedStore(RamStore.KIND, RamStore.KIND.name());

  /**
   * Reads what the command line takes.
   *
   * @throws IllegalArgumentException if it is something else, or holds a password; says what the
   *     text is, without naming the option
   */
  public static SharedStore parse(String text) {
    List<StoreKind> kinds = StoreKind.all();
    Optional<StoreKind> kind =
        kinds.stream().filter(one -> one.shared(text, "", "").isPresent()).findFirst();
    if (kind.isEmpty()) {
      List<String> all = kinds.stream().map(StoreKind::sharedSyntax).toList();
      throw new IllegalArgumentException("is %s, not %s".formatted(Names.either(all), text));
    }
    return new SharedStore(kind.get(), text);
  }

  /**
   * What {@code emulharcv --store} takes for one receiver; empty for its RAM.
   *
   * @param name of what it does, unique
   * @param place where it may make a directory
   */
  public Optional<String> of(String name, String place) {
    return kind.shared(text, name, place).filter(option -> !equals(RAM));
  }

  @Override
  public String toString() {
    return text;
  }
}
