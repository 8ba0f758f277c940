package emulha.codecs;

import emulha.names.Names;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All stages that exist: this project's and those of jars on the class path, both named in {@code
 * META-INF/services/emulha.codecs.StageProvider}.
 */
public final class Stages {
  private Stages() {}

  /** The providers of a class loader, in the order of their names. */
  private record Found(@Nullable ClassLoader loader, List<StageProvider> providers) {}

  private static volatile @Nullable Found last;

  /**
   * Every provider by name.
   *
   * @throws ServiceConfigurationError if two have the same name, or a jar names a class that is no
   *     stage
   */
  public static List<StageProvider> all() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    Found found = last;
    if (found == null || found.loader() != loader) {
      found = new Found(loader, all(loader));
      last = found;
    }
    return found.providers();
  }

  private static List<StageProvider> all(@Nullable ClassLoader loader) {
    var byName = new TreeMap<String, StageProvider>();
    for (StageProvider provider : ServiceLoader.load(StageProvider.class, loader)) {
      StageProvider other = byName.put(provider.name(), provider);
      if (other != null) {
        throw new ServiceConfigurationError(
            "two stages are named '%s': %s and %s; leave one of their jars out, or rename it"
                .formatted(
                    provider.name(), other.getClass().getName(), provider.getClass().getName()));
      }
    }
    return List.copyOf(byName.values());
  }

  static StageProvider named(String name) {
    return Names.choose("method", name, all(), StageProvider::name);
  }
}
