package emulha.names;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finding things by their names, and errors of one line where there are none. */
public final class Names {
  private static final int FEW = 5;

  private Names() {}

  /**
   * The one of a name.
   *
   * @param what all of them are, for the error
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static <T> T choose(
      String what, String name, Collection<T> all, Function<T, String> nameOf) {
    return all.stream()
        .filter(one -> nameOf.apply(one).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown %s '%s'; available: %s"
                        .formatted(
                            what,
                            name,
                            all.stream().map(nameOf).collect(Collectors.joining(", ")))));
  }

  /** A name, which has to be one of these: as {@link #choose}, of names that name nothing else. */
  public static String known(String what, String name, Collection<String> all) {
    return choose(what, name, all, one -> one);
  }

  /** The word for a constant on the command line: its name in lower case, with hyphens. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The constant of a {@link #word}: as {@link #choose}. */
  public static <E extends Enum<E>> E constant(String what, String word, Class<E> all) {
    return choose(what, word, List.of(all.getEnumConstants()), Names::word);
  }

  /**
   * What a mistyped name was probably meant to be, as a clause for an error, if one is near: one
   * slip in short names, two in longer ones.
   */
  public static String meant(String typed, Collection<String> names) {
    int most = typed.length() < 3 ? 0 : typed.length() < 7 ? 1 : 2;
    return names.stream()
        .filter(name -> distance(typed, name) <= most)
        .min(Comparator.comparingInt(name -> distance(typed, name)))
        .map(name -> "; did you mean " + name + "?")
        .orElse("");
  }

  /** All of them to choose from: {@code a, b or c}. */
  public static String either(Collection<String> names) {
    return String.join(", ", names).replaceFirst(", ([^,]*)$", " or $1");
  }

  /** The first few, and how many there are besides. */
  public static String few(Collection<String> names) {
    String few = String.join(", ", names.stream().limit(FEW).toList());
    return names.size() <= FEW ? few : "%s and %d more".formatted(few, names.size() - FEW);
  }

  /** The few that are nearest to one that is not there, the nearest first. */
  public static String nearest(String missing, Collection<String> names) {
    return few(sorted(List.of(missing), names));
  }

  /** The names, those first that are nearest to one of others. */
  public static List<String> sorted(Collection<String> others, Collection<String> names) {
    return names.stream()
        .sorted(
            Comparator.comparingInt(
                name -> others.stream().mapToInt(other -> distance(other, name)).min().orElse(0)))
        .toList();
  }

  /** Letters left out, added, changed, or exchanged with their neighbour. */
  private static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          steps[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least =
            Math.min(Math.min(steps[i - 1][j], steps[i][j - 1]) + 1, steps[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          least = Math.min(least, steps[i - 2][j - 2] + 1);
        }
        steps[i][j] = least;
      }
    }
    return steps[a.length()][b.length()];
  }
}
