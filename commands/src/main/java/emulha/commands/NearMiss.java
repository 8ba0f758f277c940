package emulha.commands;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What a mistyped word was probably meant to be. */
final class NearMiss {
  private NearMiss() {}

  /** The nearest of the words, if it is near: one slip in short words, two in longer ones. */
  static Optional<String> of(String typed, Collection<String> words) {
    int most = typed.length() < 3 ? 0 : typed.length() < 7 ? 1 : 2;
    return words.stream()
        .filter(word -> distance(typed, word) <= most)
        .min(Comparator.comparingInt(word -> distance(typed, word)));
  }

  /** As a clause for an error, or nothing. */
  static String clause(String typed, Collection<String> words) {
    return of(typed, words).map(word -> "; did you mean " + word + "?").orElse("");
  }

  /** Letters left out, added, changed, or exchanged with their neighbour. */
  static int distance(String a, String b) {
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
