package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.ChangedBytesRow;
import emulha.metrics.SeriesKey;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChangedBytesTest {
  private static final SeriesKey KEY = new SeriesKey("t", "vm", "w", "recording", 25_000_000);

  /** FITDOC Table I by columns: (0,1] ... (2048,4096], then the rows that should follow. */
  private static long[] column(String counts) {
    return Arrays.stream(counts.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  /**
   * Our definitions must reproduce the paper's own table from its own counts; otherwise a table of
   * ours cannot stand beside it. Expected values are as printed, in hundredths of a per cent. The
   * one column where the printed rates do not follow from the printed counts is Hadoop: 63.62,
   * 80.03 and 50.92 per cent are printed where the counts give 63.56, 79.08 and 50.26 (and §IV.E
   * says 20.92 per cent reduction, which is 1 - 79.08); the last column here is what is printed.
   */
  @ParameterizedTest
  @CsvSource({
    "underload, 261824, 261342, 23 22 18 59 60 76 41 37 33 85 26 1 1, 482, 67660, 40888, 1974272,"
        + " 1072431104, 18 343 1 6043, 18 343 1 6043",
    "dbench, 261822, 239183, 40 289 384 588 570 1000 887 1921 4821 5514 5080 691 854, 22639,"
        + " 11475425, 4043960, 92729344, 1072422912, 865 1238 107 3524, 865 1238 107 3524",
    "kcompile, 261228, 234930, 93 65 531 253 237 398 415 334 200 425 903 4258 18186, 26298,"
        + " 78848380, 68428456, 107716608, 1069989888, 1007 7320 737 8678, 1007 7320 737 8678",
    "npb-lu, 261824, 131122, 16 26 23 54 58 71 43 44 55 93 208 1654 128357, 130702, 450396692,"
        + " 108190080, 535355392, 1072431104, 4992 8413 4200 2402, 4992 8413 4200 2402",
    "hadoop, 260471, 94927, 900 1126 1606 1627 1316 1024 593 553 859 1119 2903 12432 139486, 165544,"
        + " 536244749, 416419512, 678068224, 1066889216, 6356 7908 5026 7765, 6362 8003 5092 7765",
    "tpcw, 261820, 251882, 176 317 573 646 558 426 383 385 446 515 567 1367 3579, 9938, 12407963,"
        + " 3745856, 40706048, 1072414720, 380 3048 116 3019, 380 3048 116 3019"
  })
  void reproducesTheTablesArithmetic(
      String workload,
      long totalPages,
      long unchanged,
      String changed,
      long dirtyPages,
      long dirtyBytes,
      long wholeWordBytes,
      long dirtyPageBytes,
      long totalPageBytes,
      String rates,
      String printed) {
    ChangedBytesRow row =
        ChangedBytes.row(
            KEY,
            0,
            null,
            totalPages,
            column(changed),
            dirtyBytes,
            wholeWordBytes,
            wholeWordBytes,
            dirtyPages,
            0);
    assertEquals(dirtyPages, row.totals().dirtyPages());
    assertEquals(unchanged, row.untouched().unchangedPages());
    assertEquals(dirtyPageBytes, row.totals().dirtyPageBytes());
    assertEquals(totalPageBytes, row.totals().totalPageBytes());
    long[] expected = column(rates);
    long[] actual = {
      Ppm.nearest(row.totals().dirtyPages(), 10_000, row.totals().totalPages()),
      Ppm.nearest(row.totals().dirtyBytes(), 10_000, row.totals().dirtyPageBytes()),
      Ppm.nearest(row.totals().dirtyBytes(), 10_000, row.totals().totalPageBytes()),
      Ppm.nearest(row.totals().wholeWordBytes(), 10_000, row.totals().dirtyBytes())
    };
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[i], actual[i], workload + ", rate " + i);
      boolean hadoop = workload.equals("hadoop") && i < 3;
      assertEquals(hadoop, column(printed)[i] != actual[i], workload + " as printed, rate " + i);
    }
    assertEquals(Ppm.of(dirtyPages, totalPages), row.rates().dirtyPagePpm());
    assertEquals(Ppm.of(dirtyBytes, dirtyPageBytes), row.rates().dirtyBytesOfDirtyPagesPpm());
    assertEquals(Ppm.of(dirtyBytes, totalPageBytes), row.rates().dirtyBytesOfTotalPagesPpm());
    assertEquals(Ppm.of(wholeWordBytes, dirtyBytes), row.rates().wholeWordBytesOfDirtyBytesPpm());
    assertEquals(0, wholeWordBytes % 8, "whole words");
  }

  /** The bit trick must not miscount a byte because of what its neighbours hold. */
  @Test
  void differenceEqualsLookingAtEveryByte() {
    var random = new SplittableRandom(11);
    for (int round = 0; round < 500; round++) {
      byte[] old = new byte[2 * Page.BYTES];
      random.nextBytes(old);
      byte[] now = old.clone();
      int changes = random.nextInt(1 << random.nextInt(13));
      for (int i = 0; i < changes; i++) {
        now[random.nextInt(now.length)] ^= (byte) (1 << random.nextInt(8));
      }
      int bytes = 0;
      int whole = 0;
      int touched = 0;
      for (int w = 0; w < 512; w++) {
        int inWord = 0;
        for (int b = 0; b < 8; b++) {
          inWord += old[64 + w * 8 + b] == now[64 + w * 8 + b] ? 0 : 1;
        }
        bytes += inWord;
        whole += inWord == 8 ? 1 : 0;
        touched += inWord > 0 ? 1 : 0;
      }
      assertEquals(
          new PageDifference(bytes, whole, touched),
          PageDifference.between(old, 64, now, 64),
          "round " + round);
    }
  }

  /** (x, y] in the paper: a page with exactly y changed bytes belongs to the lower row. */
  @ParameterizedTest
  @CsvSource({"1,0", "2,1", "3,2", "4,2", "5,3", "2048,11", "2049,12", "4096,12"})
  void bucketsAreOpenBelow(int bytes, int bucket) {
    assertEquals(bucket, ChangedBytes.bucket(bytes));
  }

  private static DirtyPages pages(Object... pfnsAndFills) {
    var pages = new DirtyPages();
    for (int i = 0; i < pfnsAndFills.length; i += 2) {
      int index = pages.append((Integer) pfnsAndFills[i]);
      Arrays.fill(
          pages.slab(index),
          pages.offset(index),
          pages.offset(index) + Page.BYTES,
          (byte) (int) (Integer) pfnsAndFills[i + 1]);
    }
    return pages;
  }

  /** Silent writes are unchanged pages; zero pages are all of RAM's, not the checkpoint's. */
  @Test
  void countsOverRamAndOverTheCheckpoint() {
    try (var changed = new ChangedBytes(KEY, 10 * Page.BYTES, true)) {
      changed.base(pages(0, 1, 1, 0, 2, 2));
      changed.base(pages(3, 3));
      ChangedBytesRow first = changed.checkpoint(pages(0, 1, 1, 7, 2, 0, 3, 5));
      assertEquals(7, first.untouched().zeroPages(), "pages 2 and 4 to 9");
      assertEquals(7, first.untouched().unchangedPages());
      assertEquals(3, first.totals().dirtyPages());
      assertEquals(3, first.many().changedTo4096());
      assertEquals(3 * 4096, first.totals().dirtyBytes());
      assertEquals(4, first.written().writtenPages());
      assertEquals(1, first.written().silentPages());
      assertEquals(1, first.written().zeroWrittenPages());
      ChangedBytesRow second = changed.checkpoint(pages(4, 0));
      assertEquals(1, second.checkpoint());
      assertEquals(7, second.untouched().zeroPages());
      assertEquals(1, second.written().silentPages());
      assertNull(second.rates().dirtyBytesOfDirtyPagesPpm(), "no page, no rate");
    }
  }

  /** A reduced base knows nothing of the other pages, so no count of zero pages may appear. */
  @Test
  void reducedBaseHasNoZeroPages() {
    try (var changed = new ChangedBytes(KEY, 10 * Page.BYTES, false)) {
      changed.base(pages(3, 3));
      assertNull(changed.checkpoint(pages(3, 0)).untouched().zeroPages());
    }
  }
}
