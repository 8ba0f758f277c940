package emulha.traces;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The union of several checkpoints: each page once, with its last content. */
final class LatestPages {
  private static final int SLAB_SHIFT = 4;

  private final List<byte[]> slabs = new ArrayList<>();
  private final Map<Long, Integer> slots = new HashMap<>();

  /** Adds the pages of a later checkpoint. */
  void add(DirtyPages checkpoint) {
    for (int i = 0; i < checkpoint.count(); i++) {
      int slot = slots.computeIfAbsent(checkpoint.pfn(i), pfn -> slots.size());
      if (slot >>> SLAB_SHIFT == slabs.size()) {
        slabs.add(new byte[Page.BYTES << SLAB_SHIFT]);
      }
      System.arraycopy(
          checkpoint.slab(i), checkpoint.offset(i), slab(slot), offset(slot), Page.BYTES);
    }
  }

  /** Frame numbers of all pages, ascending. */
  long[] pfns() {
    return slots.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
  }

  /** Whether the page is among them. */
  boolean contains(long pfn) {
    return slots.containsKey(pfn);
  }

  /** Appends a page, which is among them, to {@code into}. */
  void copy(long pfn, DirtyPages into) {
    Integer slot = slots.get(pfn);
    if (slot == null) {
      throw new IllegalArgumentException("no page " + pfn);
    }
    into.append(pfn, slab(slot), offset(slot));
  }

  /** Forgets all pages; keeps the capacity. */
  void clear() {
    slots.clear();
  }

  private byte[] slab(int slot) {
    return slabs.get(slot >>> SLAB_SHIFT);
  }

  private static int offset(int slot) {
    return (slot & ((1 << SLAB_SHIFT) - 1)) << Page.SHIFT;
  }
}
