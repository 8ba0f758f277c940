package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The union of several checkpoints: each page once, with its last content. */
final class LatestPages {
  /** log2 of the most pages in a slab. */
  private static final int MAX_SLAB_SHIFT = 4;

  /** log2 of the bytes of a slab, unless a page is larger. */
  private static final int SLAB_BYTES_SHIFT = 20;

  private final PageSize pageSize;
  private final int slabShift;
  private final List<byte[]> slabs = new ArrayList<>();
  private final Map<Long, Integer> slots = new HashMap<>();

  LatestPages(PageSize pageSize) {
    this.pageSize = pageSize;
    slabShift = Math.max(0, Math.min(MAX_SLAB_SHIFT, SLAB_BYTES_SHIFT - pageSize.shift()));
  }

  /** Adds the pages of a later checkpoint. */
  void add(DirtyPages checkpoint) {
    pageSize.require(checkpoint.pageSize());
    for (int i = 0; i < checkpoint.count(); i++) {
      int slot = slots.computeIfAbsent(checkpoint.pfn(i), pfn -> slots.size());
      if (slot >>> slabShift == slabs.size()) {
        slabs.add(new byte[pageSize.bytes() << slabShift]);
      }
      System.arraycopy(
          checkpoint.slab(i), checkpoint.offset(i), slab(slot), offset(slot), pageSize.bytes());
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

  /** Appends a page, which is among them, to {@code into}, whose pages have the same size. */
  void copy(long pfn, DirtyPages into) {
    pageSize.require(into.pageSize());
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
    return slabs.get(slot >>> slabShift);
  }

  private int offset(int slot) {
    return (slot & ((1 << slabShift) - 1)) << pageSize.shift();
  }
}
