package emulha.codecs.delta;

import emulha.memory.PageSize;
import java.util.Arrays;

/**
 * Gives each page one possible slot, its frame number modulo the number of slots, a power of two.
 * Another page is replaced only if it was last found or stored at least two checkpoints ago. This
 * is QEMU's XBZRLE page cache (migration/page_cache.c), with checkpoints, numbered from 1, in the
 * place of its rounds over dirty memory.
 */
public final class DirectMappedPageCache extends PageCache {
  /** Checkpoints during which a page cannot be replaced by another. */
  private static final int LIFETIME = 2;

  private final long[] pfnOfSlot;
  private final long[] age;
  private long checkpoint;

  /**
   * @param slots number of slots, a power of two
   */
  public DirectMappedPageCache(int slots, PageSize pageSize) {
    super(slots, pageSize);
    if (Integer.bitCount(slots) != 1) {
      throw new IllegalArgumentException(
          "a direct-mapped page cache needs a power of two of pages, got " + slots);
    }
    pfnOfSlot = new long[slots];
    Arrays.fill(pfnOfSlot, NONE);
    age = new long[slots];
  }

  @Override
  public void beginCheckpoint() {
    checkpoint++;
  }

  @Override
  public int find(long pfn) {
    int slot = slotFor(pfn);
    if (pfnOfSlot[slot] != pfn) {
      return NONE;
    }
    age[slot] = checkpoint;
    return slot;
  }

  @Override
  public int admit(long pfn) {
    int slot = slotFor(pfn);
    if (pfnOfSlot[slot] == NONE) {
      size++;
    } else if (age[slot] + LIFETIME > checkpoint) {
      return NONE;
    }
    pfnOfSlot[slot] = pfn;
    age[slot] = checkpoint;
    return slot;
  }

  @Override
  public void forget(long pfn) {
    int slot = slotFor(pfn);
    if (pfnOfSlot[slot] == pfn) {
      pfnOfSlot[slot] = NONE;
      size--;
    }
  }

  @Override
  long bookkeepingBytes() {
    return 2L * slots * Long.BYTES;
  }

  @Override
  long bookkeepingInUse() {
    return 2L * size * Long.BYTES;
  }

  private int slotFor(long pfn) {
    return (int) pfn & (slots - 1);
  }
}
