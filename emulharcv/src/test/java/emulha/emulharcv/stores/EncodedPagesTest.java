package emulha.emulharcv.stores;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EncodedPagesTest {
  private static final Method METHOD = Method.parse("none");

  /**
   * Without this, a receiver of a thousand small VMs could run out of memory before a page came.
   */
  @Test
  void aVmOfFewPagesTakesLittle() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int vms = 100;
    long before = threads.getCurrentThreadAllocatedBytes();
    var pages = new EncodedPages(METHOD, vms);
    for (int vm = 0; vm < vms; vm++) {
      pages.page(vm, 0, false, new byte[200], 200);
    }
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken < vms * (32L << 10), taken + " bytes");
  }

  /** Without this, a page whose encoding begins a new segment could be given another's bytes. */
  @Test
  void givesBackWhatItWasShown() {
    var random = new SplittableRandom(0x5eed_2001L);
    var pages = new EncodedPages(METHOD, 2);
    for (int round = 0; round < 3; round++) {
      pages.clear(CheckpointKind.INCREMENTAL);
      List<byte[]> shown = new ArrayList<>();
      for (int i = 0; i < 3000; i++) {
        byte[] bytes = new byte[random.nextInt(i % 1000 == 999 ? 2 << 20 : 5000)];
        random.nextBytes(bytes);
        shown.add(bytes);
        pages.page(1, i, i % 3 == 0, Arrays.copyOf(bytes, bytes.length + 9), bytes.length);
      }
      for (int i = 0; i < shown.size(); i++) {
        assertArrayEquals(shown.get(i), pages.bytes(1, i));
        assertEquals(i % 3 == 0, pages.usedPrevious(1, i));
      }
    }
  }
}
