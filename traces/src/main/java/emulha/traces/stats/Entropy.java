package emulha.traces.stats;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.EntropyRow;
import emulha.metrics.SeriesKey;
import java.util.Arrays;

/** Order-0 entropy of bytes, the same on every machine. Stateless. */
final class Entropy {
  private static final double LOG_2 = StrictMath.log(2);

  private Entropy() {}

  static EntropyRow of(SeriesKey key, long checkpoint, DirtyPages pages) {
    long[] all = new long[256];
    long[] ofPage = new long[256];
    double sum = 0;
    for (int i = 0; i < pages.count(); i++) {
      byte[] slab = pages.slab(i);
      int offset = pages.offset(i);
      Arrays.fill(ofPage, 0);
      for (int b = 0; b < Page.BYTES; b++) {
        ofPage[slab[offset + b] & 0xff]++;
      }
      sum += bitsPerByte(ofPage, Page.BYTES);
      for (int v = 0; v < 256; v++) {
        all[v] += ofPage[v];
      }
    }
    int count = pages.count();
    return new EntropyRow(
        key,
        checkpoint,
        count,
        count == 0 ? null : micro(bitsPerByte(all, pages.contentBytes())),
        count == 0 ? null : micro(sum / count));
  }

  /** Entropy of a histogram of {@code total} bytes, 0..8. */
  static double bitsPerByte(long[] histogram, long total) {
    double sum = 0;
    for (long n : histogram) {
      if (n > 0) {
        sum += n * StrictMath.log((double) n / total);
      }
    }
    return Math.max(0, -sum / total / LOG_2);
  }

  private static long micro(double bits) {
    return Math.round(bits * 1e6);
  }
}
