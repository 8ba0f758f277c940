package emulha.analysis.measures;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * When a trial ran.
 *
 * @param startMs Unix time in milliseconds
 * @param endMs the same, not earlier
 */
public record Span(long startMs, long endMs) implements Comparable<Span> {
  public Span {
    if (endMs < startMs) {
      throw new IllegalArgumentException("ends before it starts: " + startMs + ", " + endMs);
    }
  }

  /**
   * Whether trials of two methods alternated: as many of each, one of each by turns, none while
   * another ran, so that the i-th of both saw the machine in nearly the same state.
   *
   * @param a in the order of their beginnings; empty where times are not known
   * @param b the same of the other method
   */
  public static boolean alternate(List<Span> a, List<Span> b) {
    if (a.isEmpty() || a.size() != b.size()) {
      return false;
    }
    List<Span> inPairs = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      Stream.of(a.get(i), b.get(i)).sorted().forEach(inPairs::add);
    }
    for (int i = 1; i < inPairs.size(); i++) {
      if (inPairs.get(i).startMs() < inPairs.get(i - 1).endMs()) {
        return false;
      }
    }
    return true;
  }

  /** In the order of beginnings. */
  @Override
  public int compareTo(Span other) {
    return Comparator.comparingLong(Span::startMs)
        .thenComparingLong(Span::endMs)
        .compare(this, other);
  }
}
