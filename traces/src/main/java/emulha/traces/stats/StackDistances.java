package emulha.traces.stats;

import emulha.memory.DirtyPages;
import emulha.metrics.MissRatioRow;
import emulha.metrics.SeriesKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What strict LRU caches of every size find among the dirty pages of one VM, in one pass (Mattson
 * et al., 1970): an access hits in exactly those caches that hold at least as many pages as its
 * stack distance, the number of distinct pages accessed since the page's last access, itself
 * included.
 *
 * <p>A Fenwick tree over time holds a 1 at each page's last access, so a distance takes O(log
 * pages). Time is renumbered when the tree is full, so memory grows with distinct pages only. Not
 * thread-safe.
 */
final class StackDistances {
  private static final int FIRST_SLOTS = 1 << 12;

  private final int[] lastSlot;
  private int[] pageInSlot = new int[FIRST_SLOTS + 1];
  private int[] tree = new int[FIRST_SLOTS + 1];
  private int now;
  private int distinct;
  private long accesses;
  private long[] ofDistance = new long[64];

  /**
   * @param ramPages page frames of the VM
   */
  StackDistances(long ramPages) {
    lastSlot = new int[Math.toIntExact(ramPages)];
  }

  void checkpoint(DirtyPages pages) {
    for (int i = 0; i < pages.count(); i++) {
      access(Math.toIntExact(pages.pfn(i)));
    }
  }

  void access(int page) {
    accesses++;
    int slot = lastSlot[page];
    if (slot == 0) {
      distinct++;
    } else {
      int distance = distinct - sum(slot) + 1;
      if (distance >= ofDistance.length) {
        ofDistance = Arrays.copyOf(ofDistance, Math.max(distance + 1, ofDistance.length * 2));
      }
      ofDistance[distance]++;
      add(slot, -1);
      pageInSlot[slot] = -1;
      lastSlot[page] = 0;
    }
    if (now == tree.length - 1) {
      renumber();
    }
    now++;
    lastSlot[page] = now;
    pageInSlot[now] = page;
    add(now, 1);
  }

  /** Moves the occupied slots together, in order, in a tree at least twice their number. */
  private void renumber() {
    int used = 0;
    for (int slot = 1; slot <= now; slot++) {
      int page = pageInSlot[slot];
      if (page >= 0) {
        used++;
        pageInSlot[used] = page;
        lastSlot[page] = used;
      }
    }
    int slots = Math.max(FIRST_SLOTS, Math.multiplyExact(used, 2));
    pageInSlot = Arrays.copyOf(pageInSlot, slots + 1);
    tree = new int[slots + 1];
    now = used;
    for (int slot = 1; slot <= slots; slot++) {
      tree[slot] += slot <= used ? 1 : 0;
      int parent = slot + (slot & -slot);
      if (parent <= slots) {
        tree[parent] += tree[slot];
      }
    }
  }

  private void add(int slot, int amount) {
    for (int i = slot; i < tree.length; i += i & -i) {
      tree[i] += amount;
    }
  }

  /** Pages last accessed at or before the slot. */
  private int sum(int slot) {
    int total = 0;
    for (int i = slot; i > 0; i -= i & -i) {
      total += tree[i];
    }
    return total;
  }

  /** Rows for every cache size from one page to the largest at which anything changes. */
  List<MissRatioRow> rows(SeriesKey key) {
    List<MissRatioRow> rows = new ArrayList<>();
    long hits = 0;
    for (int size = 1; size <= distinct; size++) {
      hits += size < ofDistance.length ? ofDistance[size] : 0;
      long misses = accesses - hits;
      rows.add(new MissRatioRow(key, size, accesses, hits, misses, misses - size));
    }
    return rows;
  }
}
