package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What QEMU would count, page by page. */
final class XbzrleTest {
  private static final byte[] NOISE = new byte[Page.BYTES];

  static {
    new SplittableRandom(0x5eed_e301L).nextBytes(NOISE);
  }

  private static Sequence.Step increment(byte[]... contents) {
    var pages = new DirtyPages();
    for (int pfn = 0; pfn < contents.length; pfn++) {
      pages.append(pfn, contents[pfn], 0);
    }
    return new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(pages));
  }

  private static void assertCounts(
      Replay replay, long hits, long misses, long overflows, long xbzrleBytes, long qemuBytes) {
    Counters counters = replay.encoder().counters();
    assertEquals(hits, counters.get(Counter.CACHE_HITS).orElseThrow(), "hits");
    assertEquals(misses, counters.get(Counter.CACHE_MISSES).orElseThrow(), "misses");
    assertEquals(overflows, counters.get(Counter.OVERFLOWS).orElseThrow(), "overflows");
    assertEquals(xbzrleBytes, counters.get(Counter.XBZRLE_BYTES).orElseThrow(), "XBZRLE bytes");
    assertEquals(qemuBytes, counters.get(Counter.QEMU_BYTES).orElseThrow(), "QEMU bytes");
  }

  /**
   * Sums worked out by hand from migration/ram.c. Without it our traffic could not be laid beside
   * what QEMU reports of a migration.
   */
  @Test
  void countsAsQemuDoes() throws IOException {
    byte[] zeros = new byte[Page.BYTES];
    byte[] changed = NOISE.clone();
    changed[200] ^= 1;
    byte[] inverted = NOISE.clone();
    for (int i = 0; i < Page.BYTES; i++) {
      inverted[i] ^= -1;
    }
    try (var replay = new Replay(Method.parse("xbzrle:cache=16KiB"), new long[] {8})) {
      replay.encode(increment(NOISE, NOISE, NOISE, zeros));
      // Three misses, 8 + 4096 each, and a page of zeros, 8 + 1.
      assertCounts(replay, 0, 3, 0, 0, 3 * 4104 + 9);
      replay.encode(increment(NOISE, changed, inverted, NOISE));
      // Unchanged: nothing. One byte at 200: two bytes of length, one, and the byte: 4, with 3 and
      // 8
      // before. Changed throughout: overflow. After zeros: a hit, changed nearly throughout.
      assertCounts(replay, 4, 3, 2, 4 + 3 + 2 * 4096, 3 * 4104 + 9 + 4 + 3 + 8 + 2 * 4104);
      assertEquals(5 * 4096 + 4, replay.encoder().payloadBytes());
      // A page whose slot is held by a younger one goes whole and is not cached.
      replay.encode(increment(NOISE, NOISE, NOISE, NOISE, NOISE));
      assertCounts(
          replay, 8, 4, 3, 2 * (4 + 3) + 3 * 4096, 3 * 4104 + 9 + 2 * (4 + 3 + 8) + 4 * 4104);
    }
  }
}
