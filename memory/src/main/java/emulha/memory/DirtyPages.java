package emulha.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Pages of one VM with their page frame numbers, strictly ascending: the content of a checkpoint,
 * or a stretch of a base. A reusable buffer: {@link #clear()} keeps the capacity, so that replaying
 * a series of any length takes the memory of its largest checkpoint. All its pages have one size,
 * which who fills it sets: {@link PageSize#SMALL} until then.
 *
 * <p>Page {@code i} lies at {@code slab(i)[offset(i) .. offset(i) + pageSize().bytes())}. Slabs are
 * heap arrays, the first of 16 pages and each next as large as all before it, up to 4 MiB: a
 * thousand small VMs take little, and more than 2 GiB of pages fit. Not thread-safe; concurrent
 * reading is safe while nobody writes.
 */
public final class DirtyPages {
  /** log2 of the bytes of the largest slab. */
  private static final int MAX_SLAB_SHIFT = 22;

  /** log2 of the pages of the first slab, if so many are not too large for one. */
  private static final int MAX_FIRST_SHIFT = 4;

  private final List<byte[]> slabs = new ArrayList<>();
  private long[] pfns = new long[1 << MAX_FIRST_SHIFT];
  private int count;
  private @Nullable FreeMap freeMap;
  private PageSize pageSize;

  /** log2 of the bytes of a page. */
  private int shift;

  /** log2 of the pages of the largest slabs. */
  private int slabShift;

  /** log2 of the pages of the first slab. */
  private int firstShift;

  /** An empty buffer, for pages of {@link PageSize#SMALL} until it is told otherwise. */
  public DirtyPages() {
    this(PageSize.SMALL);
  }

  /** An empty buffer for pages of a size. */
  public DirtyPages(PageSize pageSize) {
    this.pageSize = pageSize;
    resize();
  }

  private void resize() {
    shift = pageSize.shift();
    slabShift = MAX_SLAB_SHIFT - shift;
    firstShift = Math.min(MAX_FIRST_SHIFT, slabShift);
  }

  public PageSize pageSize() {
    return pageSize;
  }

  public int count() {
    return count;
  }

  /** Bytes of page content: {@code count} times the size of a page. */
  public long contentBytes() {
    return (long) count << shift;
  }

  /** Page frame number of page {@code index}. */
  public long pfn(int index) {
    Objects.checkIndex(index, count);
    return pfns[index];
  }

  /** The array that holds page {@code index}; see {@link #offset}. */
  public byte[] slab(int index) {
    Objects.checkIndex(index, count);
    return slabs.get(slabOf(index));
  }

  /** Where in {@link #slab} page {@code index} begins. */
  public int offset(int index) {
    if (index >= 1 << slabShift) {
      return (index & ((1 << slabShift) - 1)) << shift;
    }
    return (index < 1 << firstShift ? index : index - Integer.highestOneBit(index)) << shift;
  }

  /** Below the first of the largest slabs: of 16, 16, 32, 64, … pages. */
  private int slabOf(int index) {
    if (index >= 1 << slabShift) {
      return slabShift - firstShift + (index >>> slabShift);
    }
    return Integer.SIZE - Integer.numberOfLeadingZeros(index >>> firstShift);
  }

  private int pagesOf(int slab) {
    if (slab == 0) {
      return 1 << firstShift;
    }
    return 1 << Math.min(slabShift, firstShift + slab - 1);
  }

  /** Index of the page with this frame number, or a negative number. */
  public int indexOf(long pfn) {
    return Arrays.binarySearch(pfns, 0, count, pfn);
  }

  /**
   * Appends a page of undefined content, for the caller to fill through {@link #slab}.
   *
   * @return the new page's index
   * @throws IllegalArgumentException if {@code pfn} is negative or not above the last one
   */
  public int append(long pfn) {
    if (pfn < 0 || (count > 0 && pfn <= pfns[count - 1])) {
      throw new IllegalArgumentException(
          "page frame number "
              + pfn
              + " does not ascend"
              + (count == 0 ? "" : " after " + pfns[count - 1]));
    }
    if (count == pfns.length) {
      pfns = Arrays.copyOf(pfns, Math.multiplyExact(count, 2));
    }
    if (slabOf(count) == slabs.size()) {
      slabs.add(new byte[pagesOf(slabs.size()) << shift]);
    }
    pfns[count] = pfn;
    return count++;
  }

  /** Appends a copy of a page; see {@link #append(long)}. */
  public int append(long pfn, byte[] source, int sourceOffset) {
    int index = append(pfn);
    System.arraycopy(source, sourceOffset, slab(index), offset(index), 1 << shift);
    return index;
  }

  /** Pages that the guest's allocator held free when the checkpoint was taken, if recorded. */
  public @Nullable FreeMap freeMap() {
    return freeMap;
  }

  public void setFreeMap(@Nullable FreeMap map) {
    freeMap = map;
  }

  /** Forgets all pages and the free map; keeps the capacity and the size of a page. */
  public void clear() {
    count = 0;
    freeMap = null;
  }

  /** Forgets all pages and the free map: the pages that come have this size. */
  public void clear(PageSize size) {
    clear();
    if (!size.equals(pageSize)) {
      pageSize = size;
      resize();
      slabs.clear();
    }
  }
}
