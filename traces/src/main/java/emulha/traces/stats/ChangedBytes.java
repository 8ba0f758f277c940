package emulha.traces.stats;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.metrics.ChangedBytesRow;
import emulha.metrics.SeriesKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What each checkpoint of one VM changes in the image of the checkpoint before it: FITDOC's Table I
 * (§II.B) and the silent writes. Holds an image of the VM's RAM. Not thread-safe.
 *
 * <p>As in the paper's table, a page is dirty when its content differs; pages written with the same
 * content are among the unchanged ones, and zero pages are counted over all of RAM, dirty or not.
 * The paper does not define its row "8B dirty bytes"; it is always a multiple of 8 and at most the
 * dirty bytes, so it counts aligned words of which all eight bytes changed.
 */
final class ChangedBytes implements AutoCloseable {
  private static final int BUCKETS = 13;

  private final SeriesKey key;
  private final RamImage image;
  private final boolean wholeRam;
  private final byte[] before = new byte[Page.BYTES];
  private long zeroPages;
  private long checkpoint;

  /**
   * @param wholeRam whether the base holds all of RAM, so that its zero pages can be counted
   */
  ChangedBytes(SeriesKey key, long ramBytes, boolean wholeRam) {
    this.key = key;
    this.wholeRam = wholeRam;
    image = new RamImage(ramBytes);
    zeroPages = image.pages();
  }

  void base(DirtyPages stretch) {
    for (int i = 0; i < stretch.count(); i++) {
      if (!Page.isZero(stretch.slab(i), stretch.offset(i), Page.BYTES)) {
        zeroPages--;
      }
    }
    image.apply(stretch);
  }

  ChangedBytesRow checkpoint(DirtyPages pages) {
    long[] changed = new long[BUCKETS];
    long dirtyBytes = 0;
    long wholeWords = 0;
    long touchedWords = 0;
    long zeroWritten = 0;
    for (int i = 0; i < pages.count(); i++) {
      byte[] slab = pages.slab(i);
      int offset = pages.offset(i);
      boolean zero = Page.isZero(slab, offset, Page.BYTES);
      zeroWritten += zero ? 1 : 0;
      image.read(pages.pfn(i), before, 0);
      PageDifference difference = PageDifference.between(before, 0, slab, offset);
      if (difference.bytes() == 0) {
        continue;
      }
      changed[bucket(difference.bytes())]++;
      dirtyBytes += difference.bytes();
      wholeWords += difference.wholeWords();
      touchedWords += difference.touchedWords();
      zeroPages += zero ? 1 : 0;
      zeroPages -= Page.isZero(before, 0, Page.BYTES) ? 1 : 0;
    }
    image.apply(pages);
    return row(
        key,
        checkpoint++,
        wholeRam ? zeroPages : null,
        image.pages(),
        changed,
        dirtyBytes,
        wholeWords * Long.BYTES,
        touchedWords * Long.BYTES,
        pages.count(),
        zeroWritten);
  }

  /** The table's rows that follow from the counts. */
  static ChangedBytesRow row(
      SeriesKey key,
      long checkpoint,
      @Nullable Long zeroPages,
      long totalPages,
      long[] changed,
      long dirtyBytes,
      long wholeWordBytes,
      long touchedWordBytes,
      long writtenPages,
      long zeroWrittenPages) {
    long dirty = Arrays.stream(changed).sum();
    long dirtyPageBytes = dirty * Page.BYTES;
    long totalPageBytes = totalPages * Page.BYTES;
    return new ChangedBytesRow(
        key,
        checkpoint,
        new ChangedBytesRow.Untouched(zeroPages, totalPages - dirty),
        new ChangedBytesRow.Few(
            changed[0], changed[1], changed[2], changed[3], changed[4], changed[5], changed[6]),
        new ChangedBytesRow.Many(
            changed[7], changed[8], changed[9], changed[10], changed[11], changed[12]),
        new ChangedBytesRow.Totals(
            dirty,
            totalPages,
            dirtyBytes,
            wholeWordBytes,
            touchedWordBytes,
            dirtyPageBytes,
            totalPageBytes),
        new ChangedBytesRow.Rates(
            Ppm.of(dirty, totalPages),
            dirty == 0 ? null : Ppm.of(dirtyBytes, dirtyPageBytes),
            Ppm.of(dirtyBytes, totalPageBytes),
            dirty == 0 ? null : Ppm.of(wholeWordBytes, dirtyBytes)),
        new ChangedBytesRow.Written(writtenPages, writtenPages - dirty, zeroWrittenPages));
  }

  /** Number k of the interval (2^(k-1), 2^k] that holds {@code bytes}; 1 byte is in interval 0. */
  static int bucket(int bytes) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1);
  }

  @Override
  public void close() {
    image.close();
  }
}
