package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BitmapScanTest {
  /** A faster scan that misses a page loses that page at fail-over, and looks the better for it. */
  @ParameterizedTest
  @EnumSource(BitmapScan.class)
  void findsEveryDirtyPage(BitmapScan kind) {
    var random = new SplittableRandom(21);
    long space = 1 << 18;
    for (long ram : new long[] {64, 32_768, 100_000, 1 << 18}) {
      for (int density : new int[] {0, 1, 100, 10_000, 1_000_000}) {
        var dirty = new BitSet();
        for (int pfn = 0; pfn < ram; pfn++) {
          if (random.nextInt(1_000_000) < density) {
            dirty.set(pfn);
          }
        }
        if (density == 100) {
          dirty.set((int) space - 1);
        }
        var bitmap = new BitmapScan.DirtyBitmap(space, ram, dirty);
        long[] pfns = new long[dirty.cardinality()];
        String where = "RAM of " + ram + " pages, " + density + " ppm";
        assertEquals(pfns.length, kind.scan(bitmap, pfns), where);
        assertArrayEquals(Arrays.stream(dirty.stream().toArray()).asLongStream().toArray(), pfns);
      }
    }
  }
}
