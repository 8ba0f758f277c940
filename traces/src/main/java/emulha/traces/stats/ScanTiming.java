package emulha.traces.stats;

import emulha.memory.Page;
import emulha.metrics.BitmapScanRow;
import emulha.metrics.columns.RowWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Times the ways of scanning a dirty bitmap (FITDOC §III.B, Figure 7) at several sizes of RAM and
 * densities of dirty pages. The paper's bitmap always covers 4 GiB, most of it above a small VM's
 * RAM: that is what the flags save. The ways take turns, so that drift does not fall on one.
 */
public final class ScanTiming {
  /** The paper's address space: 4 GiB (§III.B). */
  private static final long ADDRESS_SPACE_PAGES = 1L << 20;

  private static final int WARM_UP_SCANS = 20;

  private ScanTiming() {}

  /**
   * Measures and writes {@code bitmap_scan.csv}.
   *
   * @param ramBytes sizes of RAM, multiples of 4096 up to 4 TiB
   * @param dirtyPpm dirty pages in a million, 0..1000000
   * @param scans timed scans of each kind, at least 1
   * @param directory where the file goes
   * @return the rows written
   */
  public static List<BitmapScanRow> write(
      List<Long> ramBytes, List<Integer> dirtyPpm, int scans, Path directory) throws IOException {
    if (scans < 1) {
      throw new IllegalArgumentException("number of scans must be at least 1, got " + scans);
    }
    List<BitmapScanRow> rows = new ArrayList<>();
    try (var writer = RowWriter.open(directory.resolve("bitmap_scan.csv"), BitmapScanRow.class)) {
      // Once for the compiler, so that the first setting is not measured in slower code.
      for (int scansOfPass : new int[] {WARM_UP_SCANS, scans}) {
        rows.clear();
        for (long ram : ramBytes) {
          for (int ppm : dirtyPpm) {
            rows.addAll(measure(ram, ppm, scansOfPass));
          }
        }
      }
      writer.writeAll(rows);
      writer.commit();
    }
    return rows;
  }

  private static List<BitmapScanRow> measure(long ramBytes, int dirtyPpm, int scans) {
    if (ramBytes <= 0 || ramBytes % Page.BYTES != 0 || ramBytes > 1L << 42) {
      throw new IllegalArgumentException(
          "RAM size must be a multiple of 4096 bytes up to 4 TiB, got " + ramBytes);
    }
    if (dirtyPpm < 0 || dirtyPpm > 1_000_000) {
      throw new IllegalArgumentException(
          "dirty pages must be 0 to 1000000 in a million, got " + dirtyPpm);
    }
    long ramPages = ramBytes / Page.BYTES;
    long spacePages = Math.max(ADDRESS_SPACE_PAGES, (ramPages + 63) & ~63L);
    var random = new SplittableRandom(1);
    var dirty = new BitSet();
    for (int pfn = 0; pfn < ramPages; pfn++) {
      if (random.nextInt(1_000_000) < dirtyPpm) {
        dirty.set(pfn);
      }
    }
    var bitmap = new BitmapScan.DirtyBitmap(spacePages, ramPages, dirty);
    long[] pfns = new long[dirty.cardinality()];
    Map<BitmapScan, long[]> times = new EnumMap<>(BitmapScan.class);
    for (BitmapScan kind : BitmapScan.values()) {
      times.put(kind, new long[scans]);
    }
    for (int scan = -1; scan < scans; scan++) {
      for (Map.Entry<BitmapScan, long[]> entry : times.entrySet()) {
        long start = System.nanoTime();
        int found = entry.getKey().scan(bitmap, pfns);
        long time = System.nanoTime() - start;
        if (found != pfns.length) {
          throw new IllegalStateException(entry.getKey() + " found " + found + " pages");
        }
        if (scan >= 0) {
          entry.getValue()[scan] = time;
        }
      }
    }
    List<BitmapScanRow> rows = new ArrayList<>();
    long bitNs = 0;
    for (Map.Entry<BitmapScan, long[]> entry : times.entrySet()) {
      long[] sorted = entry.getValue();
      Arrays.sort(sorted);
      long median = (sorted[(scans - 1) / 2] + sorted[scans / 2]) / 2;
      bitNs = entry.getKey() == BitmapScan.BIT ? median : bitNs;
      rows.add(
          new BitmapScanRow(
              ramBytes,
              spacePages * Page.BYTES,
              pfns.length,
              entry.getKey().name().toLowerCase(Locale.ROOT),
              scans,
              median,
              sorted[0],
              Ppm.of(median, Math.max(1, bitNs))));
    }
    return rows;
  }
}
