package emulha.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Pages of one VM with their page frame numbers, strictly ascending: the content of a checkpoint,
 * or a stretch of a base. A reusable buffer: {@link #clear} keeps the capacity, so that replaying a
 * series of any length takes the memory of its largest checkpoint.
 *
 * <p>Page {@code i} lies at {@code slab(i)[offset(i) .. offset(i) + 4096)}. Slabs are heap arrays,
 * the first of 16 pages and each next as large as all before it, up to 4 MiB: a thousand small VMs
 * take little, and more than 2 GiB of pages fit. Not thread-safe; concurrent reading is safe while
 * nobody writes.
 */
public final class DirtyPages {
  private static final int SLAB_SHIFT = 10;
  private static final int SLAB_PAGES = 1 << SLAB_SHIFT;
  private static final int FIRST_SHIFT = 4;
  private static final int FIRST_PAGES = 1 << FIRST_SHIFT;

  /** Slabs below page 1024: of 16, 16, 32, 64, 128, 256 and 512 pages. */
  private static final int SMALL_SLABS = SLAB_SHIFT - FIRST_SHIFT + 1;

  private final List<byte[]> slabs = new ArrayList<>();
  private long[] pfns = new long[FIRST_PAGES];
  private int count;
  private @Nullable FreeMap freeMap;

  /** Number of pages. */
  public int count() {
    return count;
  }

  /** Bytes of page content: {@code count * 4096}. */
  public long contentBytes() {
    return (long) count << Page.SHIFT;
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
    if (index >= SLAB_PAGES) {
      return (index & (SLAB_PAGES - 1)) << Page.SHIFT;
    }
    return (index < FIRST_PAGES ? index : index - Integer.highestOneBit(index)) << Page.SHIFT;
  }

  private static int slabOf(int index) {
    if (index >= SLAB_PAGES) {
      return SMALL_SLABS - 1 + (index >>> SLAB_SHIFT);
    }
    return Integer.SIZE - Integer.numberOfLeadingZeros(index >>> FIRST_SHIFT);
  }

  private static int pagesOf(int slab) {
    return slab == 0 ? FIRST_PAGES : slab < SMALL_SLABS ? FIRST_PAGES << (slab - 1) : SLAB_PAGES;
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
      slabs.add(new byte[pagesOf(slabs.size()) << Page.SHIFT]);
    }
    pfns[count] = pfn;
    return count++;
  }

  /** Appends a copy of a page; see {@link #append(long)}. */
  public int append(long pfn, byte[] source, int sourceOffset) {
    int index = append(pfn);
    System.arraycopy(source, sourceOffset, slab(index), offset(index), Page.BYTES);
    return index;
  }

  /** Pages that the guest's allocator held free when the checkpoint was taken, if recorded. */
  public @Nullable FreeMap freeMap() {
    return freeMap;
  }

  /** Sets or removes the free map. */
  public void setFreeMap(@Nullable FreeMap map) {
    freeMap = map;
  }

  /** Forgets all pages and the free map; keeps the capacity. */
  public void clear() {
    count = 0;
    freeMap = null;
  }
}
