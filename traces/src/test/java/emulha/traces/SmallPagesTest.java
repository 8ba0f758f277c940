package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import java.util.Collections;
import java.util.IdentityHashMap;
import org.junit.jupiter.api.Test;

class SmallPagesTest {
  // At 4 MiB for each VM's few pages, 400 VMs of 64 KiB took 5 GB of heap.
  @Test
  void fewPagesTakeLittle() {
    var pages = new DirtyPages();
    for (int i = 0; i < 16; i++) {
      pages.append(i * 1000L);
    }
    assertEquals(65536, heap(pages));
    pages.append(16_000);
    assertEquals(131_072, heap(pages));
  }

  // Pages that shared bytes, or lay beyond their array, would replay as other pages.
  @Test
  void everyPageHasItsOwnPlaceAndMemoryFollowsTheirNumber() {
    var pages = new DirtyPages();
    byte[] content = new byte[4096];
    for (int i = 0; i < 5000; i++) {
      content[0] = (byte) i;
      content[1] = (byte) (i >>> 8);
      content[4095] = (byte) (i * 31);
      assertEquals(i, pages.append(3L * i, content, 0));
      if (i % 97 == 0) {
        assertTrue(heap(pages) <= Math.max(16, Math.min(2 * i, i + 1024)) * 4096L, i + " pages");
      }
    }
    for (int i = 0; i < 5000; i++) {
      byte[] slab = pages.slab(i);
      int at = pages.offset(i);
      assertTrue(at >= 0 && at % 4096 == 0 && at + 4096 <= slab.length, i + " at " + at);
      assertEquals((byte) i, slab[at]);
      assertEquals((byte) (i >>> 8), slab[at + 1]);
      assertEquals((byte) (i * 31), slab[at + 4095]);
    }
    long heap = heap(pages);
    pages.clear();
    for (int i = 0; i < 5000; i++) {
      pages.append(i);
    }
    assertEquals(heap, heap(pages), "a cleared buffer keeps its capacity");
  }

  private static long heap(DirtyPages pages) {
    var slabs = Collections.newSetFromMap(new IdentityHashMap<byte[], Boolean>());
    for (int i = 0; i < pages.count(); i++) {
      slabs.add(pages.slab(i));
    }
    return slabs.stream().mapToLong(slab -> slab.length).sum();
  }
}
