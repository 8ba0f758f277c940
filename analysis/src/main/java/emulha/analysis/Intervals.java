package emulha.analysis;

import java.math.BigDecimal;
import tech.tablesaw.api.Table;

/** Checkpointing intervals as texts. */
final class Intervals {
  private Intervals() {}

  /** Appends to the columns interval_ms, missing where it is not whole, and interval_ns. */
  static void append(Table table, long nanoseconds) {
    if (nanoseconds % 1_000_000 == 0) {
      table.longColumn("interval_ms").append(nanoseconds / 1_000_000);
    } else {
      table.longColumn("interval_ms").appendMissing();
    }
    table.longColumn("interval_ns").append(nanoseconds);
  }

  /** Milliseconds, exactly, without trailing zeros. */
  static String milliseconds(long nanoseconds) {
    return BigDecimal.valueOf(nanoseconds, 6).stripTrailingZeros().toPlainString();
  }
}
