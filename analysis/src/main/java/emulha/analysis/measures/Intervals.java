package emulha.analysis.measures;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checkpointing intervals: as texts, and those of summaries. */
public final class Intervals {
  private Intervals() {}

  /** In milliseconds; null where they are not whole. */
  static @Nullable Long wholeMilliseconds(long nanoseconds) {
    return nanoseconds % 1_000_000 == 0 ? Long.valueOf(nanoseconds / 1_000_000) : null;
  }

  /** Milliseconds, exactly, without trailing zeros. */
  public static String milliseconds(long nanoseconds) {
    return BigDecimal.valueOf(nanoseconds, 6).stripTrailingZeros().toPlainString();
  }

  /** The summaries at the interval that the paper's Figure 4 shows, or at the nearest one. */
  public static List<Summary> atNearestToHundred(List<Summary> summaries) {
    long nearest =
        of(summaries).stream()
            .min(Comparator.comparingDouble(interval -> Math.abs(Math.log(interval / 1e8))))
            .orElseThrow();
    return summaries.stream().filter(one -> one.setting().intervalNs() == nearest).toList();
  }

  /** The intervals of summaries, in nanoseconds, in order. */
  public static List<Long> of(List<Summary> summaries) {
    return summaries.stream().map(one -> one.setting().intervalNs()).distinct().sorted().toList();
  }

  /** The summaries in the order of their intervals, otherwise as they were. */
  public static List<Summary> inOrder(List<Summary> group) {
    return group.stream()
        .sorted(Comparator.comparingLong(one -> one.setting().intervalNs()))
        .toList();
  }
}
