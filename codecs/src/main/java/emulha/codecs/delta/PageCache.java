package emulha.codecs.delta;

import emulha.memory.Page;
import java.util.Arrays;

/**
 * One VM's earlier page contents at the sender, in numbered slots of 4096 bytes. Empty at first.
 * Not thread-safe.
 */
public abstract sealed class PageCache permits LruPageCache, DirectMappedPageCache {
  /** Result of a search that found nothing. */
  public static final int NONE = -1;

  private static final int SLAB_SHIFT = 4;
  private static final int SLAB_SLOTS = 1 << SLAB_SHIFT;
  private static final byte[] NO_SLAB = new byte[0];

  private final byte[][] slabs;
  private final int slots;

  /** A cache of so many slots. Their memory is taken as they come into use. */
  PageCache(int slots) {
    this.slots = slots;
    slabs = new byte[(int) (((long) slots + SLAB_SLOTS - 1) >>> SLAB_SHIFT)][];
    Arrays.fill(slabs, NO_SLAB);
  }

  /** An incremental checkpoint starts. */
  public abstract void beginCheckpoint();

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
  public abstract int size();

  /**
   * Bytes of the data structures in use: the content of pages present, and the arrays that find
   * them.
   */
  public abstract long retainedBytes();

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

  /** Number of slots. */
  final int slots() {
    return slots;
  }

  /** The array that holds a slot; see {@link #offset}. */
  public final byte[] slab(int slot) {
    return slabs[slot >>> SLAB_SHIFT];
  }

  /** Where in {@link #slab} a slot begins. */
  public final int offset(int slot) {
    return (slot & (SLAB_SLOTS - 1)) << Page.SHIFT;
  }

  /** Copies a page's content into a slot. */
  public final void store(int slot, byte[] page, int pageOffset) {
    open(slot);
    System.arraycopy(page, pageOffset, slab(slot), offset(slot), Page.BYTES);
  }

  /** Takes the memory of a slot, so that threads may fill it at the same time as others. */
  final void open(int slot) {
    int slab = slot >>> SLAB_SHIFT;
    if (slabs[slab].length == 0) {
      slabs[slab] = new byte[SLAB_SLOTS << Page.SHIFT];
    }
  }
}
