package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The union of several checkpoints: each page once, with its last content. */
final class LatestPages {
  private final Map<Long, Integer> slots = new HashMap<>();

  /** Contents of the pages, numbered by their slots. */
  private final DirtyPages contents;

  LatestPages(PageSize pageSize) {
    contents = new DirtyPages(pageSize);
  }

  /** Adds the pages of a later checkpoint. */
  void add(DirtyPages checkpoint) {
    contents.pageSize().require(checkpoint.pageSize());
    for (int i = 0; i < checkpoint.count(); i++) {
      int slot = slots.computeIfAbsent(checkpoint.pfn(i), _ -> contents.append(contents.count()));
      System.arraycopy(
          checkpoint.slab(i),
          checkpoint.offset(i),
          contents.slab(slot),
          contents.offset(slot),
          contents.pageSize().bytes());
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
    int slot = Objects.requireNonNull(slots.get(pfn));
    into.append(pfn, contents.slab(slot), contents.offset(slot));
  }

  /** Forgets all pages; keeps the capacity. */
  void clear() {
    slots.clear();
    contents.clear();
  }
}
