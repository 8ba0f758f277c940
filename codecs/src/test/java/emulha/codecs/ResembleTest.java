package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where {@code resemble} finds similar pages, and what it sends then. */
final class ResembleTest {
  private static final SplittableRandom RANDOM = new SplittableRandom(0x5eed_2e5eL);

  private static byte[] noise() {
    byte[] page = new byte[Page.BYTES];
    RANDOM.nextBytes(page);
    return page;
  }

  /** The page with ten bytes put in at a place, and the rest moved up. */
  private static byte[] shifted(byte[] page, int at) {
    byte[] copy = page.clone();
    System.arraycopy(page, at, copy, at + 10, Page.BYTES - at - 10);
    for (int i = at; i < at + 10; i++) {
      copy[i] = (byte) i;
    }
    return copy;
  }

  private static DirtyPages pages(Map<Long, byte[]> contents) {
    var pages = new DirtyPages();
    new TreeMap<>(contents).forEach((pfn, content) -> pages.append(pfn, content, 0));
    return pages;
  }

  private static long payload(Replay replay, CheckpointKind kind, List<Map<Long, byte[]>> vms)
      throws IOException {
    var step = new Sequence.Step(kind, vms.stream().map(ResembleTest::pages).toList());
    long before = replay.encoder().payloadBytes();
    replay.decode(step, replay.encode(step));
    replay.compareImages();
    return replay.encoder().payloadBytes() - before;
  }

  private static void assertDifference(long payload, String where) {
    // A reference, ten bytes that are new, and what says where: far less than noise takes.
    assertTrue(payload > 10 && payload < 100, payload + " bytes " + where);
  }

  /**
   * Without this, the contract would be kept by a method that finds nothing: that takes 4096 bytes
   * for each of these pages.
   */
  @ParameterizedTest
  @ValueSource(strings = {"odess", "n-transform", "finesse"})
  void similarPagesAreFoundWhereverTheyAre(String features) throws IOException {
    byte[] first = noise();
    byte[] second = noise();
    byte[] third = noise();
    Method method = Method.parse("resemble:features=" + features);
    try (var replay = new Replay(method, new long[] {8, 8})) {
      // In the base of the other VM.
      payload(replay, CheckpointKind.PRIMING, List.of(Map.of(), Map.of(5L, first)));
      assertDifference(
          payload(
              replay,
              CheckpointKind.INCREMENTAL,
              List.of(Map.of(1L, shifted(first, 700)), Map.of())),
          "from the base");
      // In this checkpoint: of this VM, and of the other.
      assertDifference(
          payload(
                  replay,
                  CheckpointKind.INCREMENTAL,
                  List.of(Map.of(2L, second, 6L, shifted(second, 90)), Map.of()))
              - Page.BYTES,
          "from the page before");
      assertDifference(
          payload(
                  replay,
                  CheckpointKind.INCREMENTAL,
                  List.of(Map.of(3L, third), Map.of(0L, shifted(third, 3000))))
              - Page.BYTES,
          "from the VM before");
      // In an earlier checkpoint: the page that held it then holds something else now.
      payload(replay, CheckpointKind.INCREMENTAL, List.of(Map.of(3L, noise()), Map.of()));
      assertDifference(
          payload(
              replay,
              CheckpointKind.INCREMENTAL,
              List.of(Map.of(7L, shifted(shifted(third, 3000), 40)), Map.of())),
          "from an earlier checkpoint");
    }
  }

  /**
   * Two pages change places. Without this a reference could mean what the sender held when the
   * receiver has the new content already, or the other way round.
   */
  @Test
  void aReferenceIsWhatTheReceiverHoldsThen() throws IOException {
    byte[] one = noise();
    byte[] two = noise();
    try (var replay = new Replay(Method.parse("resemble:tries=4"), new long[] {4})) {
      payload(replay, CheckpointKind.INCREMENTAL, List.of(Map.of(1L, one, 2L, two)));
      long changed = payload(replay, CheckpointKind.INCREMENTAL, List.of(Map.of(1L, two, 2L, one)));
      // The first is a copy of the second. When the second comes, its content is nowhere any more.
      assertEquals(1 + Page.BYTES, changed);
      // A copy, an unchanged page, and one equal to what is behind it in this checkpoint.
      assertEquals(
          1,
          payload(replay, CheckpointKind.INCREMENTAL, List.of(Map.of(0L, one, 1L, two, 2L, one))));
      assertEquals(1, replay.encoder().counters().get(Counter.UNCHANGED_PAGES).orElseThrow() - 1);
    }
  }

  /** Without this the memory that is reported could be what was asked for, not what is taken. */
  @Test
  void memoryIsBoundAndReported() throws IOException {
    try (var small = new Replay(Method.parse("resemble:history=32KiB"), new long[] {4096});
        var large = new Replay(Method.parse("resemble:history=4MiB"), new long[] {4096})) {
      long empty = small.encoder().retainedBytes();
      long before = large.encoder().retainedBytes();
      for (long from = 0; from < 600; from += 60) {
        Map<Long, byte[]> checkpoint = new TreeMap<>();
        for (long pfn = from; pfn < from + 60; pfn++) {
          checkpoint.put(pfn, noise());
        }
        payload(small, CheckpointKind.INCREMENTAL, List.of(checkpoint));
        payload(large, CheckpointKind.INCREMENTAL, List.of(checkpoint));
      }
      long each = Page.BYTES + 28;
      assertBetween(8 * each, 8 * (each + 64), small.encoder().retainedBytes() - empty);
      assertBetween(600 * each, 600 * (each + 64), large.encoder().retainedBytes() - before);
    }
  }

  private static void assertBetween(long least, long most, long actual) {
    assertTrue(least <= actual && actual <= most, least + " <= " + actual + " <= " + most);
  }

  /** Without this a damaged reference could be read beyond the VMs. */
  @Test
  void referencesBeyondTheVmsAreRefused() throws IOException {
    var good = new EncodedCheckpoint();
    var step = new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(pages(Map.of(0L, noise()))));
    for (int reference : new int[] {1, 127}) {
      good.clear();
      // One page, frame 0, equal to a reference.
      good.append(0, new byte[] {1, 0, 2}, 0, 3);
      good.append(2, new byte[] {(byte) reference}, 0, 1);
      try (var replay = new Replay(Method.parse("resemble"), new long[] {1})) {
        assertThrows(CorruptEncodingException.class, () -> replay.decodeAnything(step, good));
      }
    }
    assertArrayEquals(new byte[] {127}, good.copy(2));
  }
}
