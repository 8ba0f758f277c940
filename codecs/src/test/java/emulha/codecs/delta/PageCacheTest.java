package emulha.codecs.delta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import emulha.memory.Page;
import emulha.memory.PageSize;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PageCacheTest {
  private static final int RAM_PAGES = 400;

  private static void use(PageCache cache, long pfn, byte[] content) {
    int slot = cache.find(pfn);
    if (slot == PageCache.NONE) {
      slot = cache.admit(pfn);
    }
    if (slot != PageCache.NONE) {
      cache.store(slot, content, 0);
    }
  }

  private static byte[] content(SplittableRandom random) {
    byte[] page = new byte[Page.BYTES];
    long seed = random.nextLong();
    Differences.LONGS.set(page, 0, seed);
    Differences.LONGS.set(page, Page.BYTES - 8, ~seed);
    return page;
  }

  private static void requireContent(byte[] expected, PageCache cache, int slot) {
    byte[] slab = cache.slab(slot);
    int at = cache.offset(slot);
    assertEquals((long) Differences.LONGS.get(expected, 0), (long) Differences.LONGS.get(slab, at));
    assertEquals(
        (long) Differences.LONGS.get(expected, Page.BYTES - 8),
        (long) Differences.LONGS.get(slab, at + Page.BYTES - 8));
  }

  /**
   * Against {@link LinkedHashMap} in access order. Without it a wrong page could be evicted, which
   * restores every page all the same and shows only as a wrong hit count.
   */
  @Test
  void lruKeepsWhatAModelKeeps() {
    var random = new SplittableRandom(0x5eed_1003L);
    for (int capacity : new int[] {1, 2, 7, 256, 257, 399, 400, 1000}) {
      var cache = new LruPageCache(capacity, RAM_PAGES, PageSize.SMALL);
      var model =
          new LinkedHashMap<Long, byte[]>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
              return size() > capacity;
            }
          };
      for (int i = 0; i < 20_000; i++) {
        long pfn = Math.min(random.nextInt(RAM_PAGES), random.nextInt(RAM_PAGES));
        if (random.nextInt(20) == 0) {
          cache.forget(pfn);
          model.remove(pfn);
        } else {
          byte[] page = content(random);
          byte[] before = model.get(pfn);
          int slot = cache.find(pfn);
          assertEquals(before != null, slot != PageCache.NONE, "pfn " + pfn + " at step " + i);
          if (before != null) {
            requireContent(before, cache, slot);
          }
          use(cache, pfn, page);
          model.put(pfn, page);
        }
        assertEquals(model.size(), cache.size());
      }
      assertEquals(
          model.size() * (4096L + 8 + 8) + RAM_PAGES * 4L, cache.retainedBytes(), "retained");
    }
  }

  /** One page begins a piece of 16, and the lists are there for all: that memory is gone, too. */
  @Test
  void whatIsBegunIsAllocated() {
    var cache = new LruPageCache(100, RAM_PAGES, PageSize.SMALL);
    long lists = 100 * 8L + 2 * 101 * 4L + RAM_PAGES * 4L;
    assertEquals(lists, cache.allocatedBytes());
    use(cache, 0, new byte[4096]);
    assertEquals(16 * 4096L + lists, cache.allocatedBytes());
  }

  /** Against QEMU's rule written out over a map. */
  @Test
  void directMapReplacesAsQemuDoes() {
    record Entry(long pfn, long age, List<byte[]> content) {}

    var random = new SplittableRandom(0x5eed_1004L);
    for (int slots : new int[] {1, 8, 64, 512}) {
      var cache = new DirectMappedPageCache(slots, PageSize.SMALL);
      Map<Long, Entry> model = new HashMap<>();
      for (int checkpoint = 1; checkpoint < 60; checkpoint++) {
        cache.beginCheckpoint();
        for (int i = 0; i < 100; i++) {
          long pfn = random.nextInt(RAM_PAGES);
          byte[] page = content(random);
          Entry entry = model.get(pfn % slots);
          boolean hit = entry != null && entry.pfn() == pfn;
          int slot = cache.find(pfn);
          assertEquals(hit, slot != PageCache.NONE);
          if (hit) {
            requireContent(entry.content().getFirst(), cache, slot);
          }
          use(cache, pfn, page);
          if (entry == null || hit || entry.age() + 2 <= checkpoint) {
            model.put(pfn % slots, new Entry(pfn, checkpoint, List.of(page)));
          }
        }
        assertEquals(model.size(), cache.size());
      }
    }
  }

  @Test
  void refusesImpossibleSizes() {
    assertThrows(IllegalArgumentException.class, () -> new LruPageCache(0, 10, PageSize.SMALL));
    assertThrows(
        IllegalArgumentException.class, () -> new DirectMappedPageCache(12, PageSize.SMALL));
    assertNotEquals(PageCache.NONE, new LruPageCache(1, 10, PageSize.SMALL).admit(9));
  }
}
