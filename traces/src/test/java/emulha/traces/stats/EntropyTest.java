package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.EntropyRow;
import emulha.metrics.SeriesKey;
import org.junit.jupiter.api.Test;

final class EntropyTest {
  private static final SeriesKey KEY = new SeriesKey("t", "vm", "w", "recording", 25_000_000);

  /** Closed forms: 0 bits for one value, 1 for two, 8 for all; together they are no mean. */
  @Test
  void closedForms() {
    var pages = new DirtyPages();
    int zero = pages.append(0);
    int halves = pages.append(1);
    int all = pages.append(2);
    for (int i = 0; i < Page.BYTES; i++) {
      pages.slab(zero)[pages.offset(zero) + i] = 0;
      pages.slab(halves)[pages.offset(halves) + i] = (byte) (i & 1);
      pages.slab(all)[pages.offset(all) + i] = (byte) i;
    }
    EntropyRow row = Entropy.of(KEY, 0, pages);
    assertEquals(3_000_000L, row.pageEntropyMicrobits());
    // 12288 bytes: 6160 zeros, 2064 ones, 16 of each other value.
    double pooled = 0;
    for (int n : new int[] {6160, 2064}) {
      pooled -= n / 12288.0 * Math.log(n / 12288.0) / Math.log(2);
    }
    pooled -= 254 * (16 / 12288.0) * Math.log(16 / 12288.0) / Math.log(2);
    assertEquals(Math.round(pooled * 1e6), row.entropyMicrobits());
  }

  /** No pages, no entropy: 0 would say that they were all alike. */
  @Test
  void emptyCheckpoint() {
    EntropyRow row = Entropy.of(KEY, 3, new DirtyPages());
    assertEquals(0, row.dirtyPages());
    assertNull(row.entropyMicrobits());
    assertNull(row.pageEntropyMicrobits());
  }
}
