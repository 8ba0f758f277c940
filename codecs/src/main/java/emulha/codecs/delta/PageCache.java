package emulha.codecs.delta;

import emulha.memory.PageSize;
import java.util.Arrays;

/**
 * One VM's earlier page contents at the sender, in numbered slots of a page each. Empty at first.
 * Not thread-safe.
 */
public abstract sealed class PageCache permits LruPageCache, DirectMappedPageCache {
  /** Result of a search that found nothing. */
  public static final int NONE = -1;

  /** log2 of the most slots in a slab. */
  private static final int MAX_SLAB_SHIFT = 4;

  /** log2 of the bytes of a slab, unless a page is larger. */
  private static final int SLAB_BYTES_SHIFT = 20;

  private static final byte[] NO_SLAB = new byte[0];

  private final byte[][] slabs;

  /** Number of slots. */
  final int slots;

  /** Pages present; kept by the subclass. */
  int size;

  private final int pageShift;
  private final int slabShift;

  /** A cache of so many slots. Their memory is taken as they come into use. */
  PageCache(int slots, PageSize pageSize) {
    this.slots = slots;
    pageShift = pageSize.shift();
    slabShift = Math.max(0, Math.min(MAX_SLAB_SHIFT, SLAB_BYTES_SHIFT - pageShift));
    slabs = new byte[(int) (((long) slots + (1 << slabShift) - 1) >>> slabShift)][];
    Arrays.fill(slabs, NO_SLAB);
  }

  /** An incremental checkpoint starts. */
  public void beginCheckpoint() {}

  /** The slot of a page, which counts as its use; {@link #NONE} on a miss. */
  public abstract int find(long pfn);

  /**
   * Gives a page that was not found a slot, if need be another page's.
   *
   * @return the slot, or {@link #NONE} if the page is not to be cached
   */
  public abstract int admit(long pfn);

  /** Removes a page, if it is present. */
  public abstract void forget(long pfn);

  /** Pages present. */
  public final int size() {
    return size;
  }

  /**
   * Bytes of the data structures in use: the content of pages present, and the arrays that find
   * them.
   */
  public final long retainedBytes() {
    return ((long) size << pageShift) + bookkeepingInUse();
  }

  /**
   * Bytes taken: what is in use, the rest of the arrays of content that were begun, and the arrays
   * for pages to come.
   */
  public final long allocatedBytes() {
    long content = 0;
    for (byte[] slab : slabs) {
      content += slab.length;
    }
    return content + bookkeepingBytes();
  }

  /** Bytes of the arrays that find pages and choose whom to replace. */
  abstract long bookkeepingBytes();

  /** Of them, those in use: for pages present, and whole arrays that are indexed by frame. */
  abstract long bookkeepingInUse();

  /** The array that holds a slot; see {@link #offset}. */
  public final byte[] slab(int slot) {
    return slabs[slot >>> slabShift];
  }

  /** Where in {@link #slab} a slot begins. */
  public final int offset(int slot) {
    return (slot & ((1 << slabShift) - 1)) << pageShift;
  }

  /** Copies a page's content into a slot. */
  public final void store(int slot, byte[] page, int pageOffset) {
    open(slot);
    System.arraycopy(page, pageOffset, slab(slot), offset(slot), 1 << pageShift);
  }

  /** Takes the memory of a slot, so that threads may fill it at the same time as others. */
  final void open(int slot) {
    int slab = slot >>> slabShift;
    if (slabs[slab].length == 0) {
      slabs[slab] = new byte[1 << slabShift << pageShift];
    }
  }
}
