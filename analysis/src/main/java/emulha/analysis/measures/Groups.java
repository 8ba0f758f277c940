package emulha.analysis.measures;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Things that have something in common, put together. */
public final class Groups {
  private Groups() {}

  /** By what they have in common, in the order in which it comes first; each as they come. */
  public static <T, K> Map<K, List<T>> by(Function<T, K> common, Collection<T> all) {
    return all.stream()
        .collect(Collectors.groupingBy(common, LinkedHashMap::new, Collectors.toList()));
  }
}
