package emulha.memory;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;
import java.util.Objects;

/**
 * The XXH3-64 digest of every page of a RAM image, kept up to date page by page, from which the
 * digests that both ends compare are made. Takes 8 bytes a page, so a sender proves a receiver's
 * image right without holding an image of its own. Guards against errors, not against forgery. Not
 * thread-safe.
 */
public final class PageDigests {
  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  private final long[] digests;
  private final PageSize pageSize;
  private final long zeroPage;

  /** Digests of an image of zero pages. */
  public PageDigests(long pages, PageSize pageSize) {
    digests = new long[Math.toIntExact(pages)];
    this.pageSize = pageSize;
    zeroPage = ofPage(new byte[pageSize.bytes()], 0, pageSize);
    Arrays.fill(digests, zeroPage);
  }

  /**
   * Digests of an image as it is. What was never written is not read: RAM that is claimed and not
   * sent costs no reading of it.
   */
  public static PageDigests of(RamImage image) {
    PageSize size = image.pageSize();
    var digests = new PageDigests(image.pages(), size);
    byte[] page = new byte[size.bytes()];
    for (long pfn = 0; pfn < image.pages(); pfn++) {
      if (!image.untouched(pfn)) {
        image.read(pfn, page, 0);
        digests.set(pfn, ofPage(page, 0, size));
      }
    }
    return digests;
  }

  /** XXH3-64 of one page's content. */
  public static long ofPage(byte[] bytes, int offset, PageSize pageSize) {
    return XXH3.hashBytesToLong(bytes, offset, pageSize.bytes());
  }

  /** XXH3-64 of a page of zeros. */
  public long ofZeroPage() {
    return zeroPage;
  }

  /** Notes the digest of a page's new content. */
  public void set(long pfn, long digest) {
    Objects.checkIndex(pfn, (long) digests.length);
    digests[(int) pfn] = digest;
  }

  /** The digest of a page's content. */
  public long get(long pfn) {
    Objects.checkIndex(pfn, (long) digests.length);
    return digests[(int) pfn];
  }

  /**
   * Notes the digests of a checkpoint's pages.
   *
   * @param freeAreZero whether pages that the checkpoint's free map holds free count as zeros
   * @return {@link #ofCheckpoint} of the pages as they were counted
   * @throws IllegalArgumentException if they have another size
   */
  public long apply(DirtyPages pages, boolean freeAreZero) {
    if (pages.count() > 0) {
      pageSize.require(pages.pageSize());
    }
    FreeMap free = freeAreZero ? pages.freeMap() : null;
    var stream = XXH3.hashStream();
    for (int i = 0; i < pages.count(); i++) {
      long pfn = pages.pfn(i);
      long digest =
          free != null && free.isFree(pfn)
              ? zeroPage
              : ofPage(pages.slab(i), pages.offset(i), pageSize);
      set(pfn, digest);
      stream.putLong(pfn).putLong(digest);
    }
    return stream.getAsLong();
  }

  /** XXH3-64 of a VM's CPU and device state; 0 if there is none. */
  public static long ofState(byte[] state) {
    return state.length == 0 ? 0 : XXH3.hashBytesToLong(state);
  }

  /** XXH3-64 over the digests of all pages in order, and last their number as 32 bits. */
  public long ofImage() {
    return XXH3.hashStream().putLongArray(digests).getAsLong();
  }

  /** Digest over the pages from {@code from} up to, not including, {@code to}, in order. */
  public long ofPages(long from, long to) {
    Objects.checkFromToIndex(from, to, (long) digests.length);
    var stream = XXH3.hashStream();
    for (int pfn = (int) from; pfn < to; pfn++) {
      stream.putLong(digests[pfn]);
    }
    return stream.getAsLong();
  }

  /** Digest over the frame numbers and contents of {@code pages}, in order. */
  public static long ofCheckpoint(DirtyPages pages) {
    var stream = XXH3.hashStream();
    for (int i = 0; i < pages.count(); i++) {
      stream
          .putLong(pages.pfn(i))
          .putLong(ofPage(pages.slab(i), pages.offset(i), pages.pageSize()));
    }
    return stream.getAsLong();
  }
}
