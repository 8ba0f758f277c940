package emulha.codecs.delta;

import emulha.memory.PageSize;

/**
 * Keeps the pages used most recently. A doubly linked list orders the slots by use and a lookup
 * array leads from a page frame number to its slot (Hou §4.1), both in primitive arrays.
 */
public final class LruPageCache extends PageCache {
  /** Bytes of what finds a slot. */
  private static final int INDEX_BYTES = Long.BYTES + 2 * Integer.BYTES;

  /** Slot + 1 of each page frame; 0 if it is not present. */
  private final int[] slotOfPfn;

  private final long[] pfnOfSlot;

  /** Neighbours in the list; index {@link #slots} is its head and tail. */
  private final int[] newer;

  private final int[] older;
  private int used;
  private int firstFree = NONE;

  /**
   * @param capacity largest number of pages, at least 1
   * @param ramPages number of page frames of the VM
   */
  public LruPageCache(int capacity, int ramPages, PageSize pageSize) {
    super(Math.min(capacity, ramPages), pageSize);
    if (capacity < 1) {
      throw new IllegalArgumentException("a page cache holds at least 1 page, got " + capacity);
    }
    slotOfPfn = new int[ramPages];
    pfnOfSlot = new long[slots];
    newer = new int[slots + 1];
    older = new int[slots + 1];
    newer[slots] = slots;
    older[slots] = slots;
  }

  /**
   * The largest capacity, in pages, at which {@link #retainedBytes} stays within a limit.
   *
   * @param ramPages number of page frames of the VM
   * @return 0 if there is none
   */
  public static long largestWithin(long retainedBytes, long ramPages, PageSize pageSize) {
    long forSlots = retainedBytes - ramPages * Integer.BYTES;
    return Math.min(ramPages, Math.max(0, forSlots / (pageSize.bytes() + INDEX_BYTES)));
  }

  @Override
  public int find(long pfn) {
    int slot = slotOfPfn[(int) pfn] - 1;
    if (slot != NONE && older[slots] != slot) {
      unlink(slot);
      linkAsNewest(slot);
    }
    return slot;
  }

  @Override
  public int admit(long pfn) {
    int slot;
    if (firstFree != NONE) {
      slot = firstFree;
      firstFree = older[slot];
      size++;
    } else if (used < slots) {
      slot = used++;
      size++;
    } else {
      slot = newer[slots];
      unlink(slot);
      slotOfPfn[(int) pfnOfSlot[slot]] = 0;
    }
    pfnOfSlot[slot] = pfn;
    slotOfPfn[(int) pfn] = slot + 1;
    linkAsNewest(slot);
    return slot;
  }

  @Override
  public void forget(long pfn) {
    int slot = slotOfPfn[(int) pfn] - 1;
    if (slot != NONE) {
      unlink(slot);
      slotOfPfn[(int) pfn] = 0;
      older[slot] = firstFree;
      firstFree = slot;
      size--;
    }
  }

  @Override
  long bookkeepingBytes() {
    return (long) pfnOfSlot.length * Long.BYTES
        + ((long) slotOfPfn.length + newer.length + older.length) * Integer.BYTES;
  }

  @Override
  long bookkeepingInUse() {
    return (long) size * INDEX_BYTES + (long) slotOfPfn.length * Integer.BYTES;
  }

  private void unlink(int slot) {
    newer[older[slot]] = newer[slot];
    older[newer[slot]] = older[slot];
  }

  private void linkAsNewest(int slot) {
    int second = older[slots];
    older[slot] = second;
    newer[slot] = slots;
    newer[second] = slot;
    older[slots] = slot;
  }
}
