package emulha.codecs.delta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.Page;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PageDeltaTest {
  private static final Differences DIFFERENCES = Kernels.differences();
  private static final int CANARY = 0x5c;

  private static List<PageDelta> all(Differences differences) {
    return List.of(
        new RunLengthDelta(RunLengthDelta.Form.XOR, differences),
        new RunLengthDelta(RunLengthDelta.Form.XBZRLE, differences),
        new BytewiseDelta(),
        new RemusDelta(differences),
        new WordsDelta(differences));
  }

  private static List<PageDelta> all() {
    return all(DIFFERENCES);
  }

  private static byte[] encode(PageDelta delta, byte[] old, byte[] page) {
    byte[] target = new byte[delta.reserveBytes()];
    int length = delta.encode(old, 0, page, 0, target, 0);
    return Arrays.copyOf(target, length);
  }

  /**
   * The worked example of Fernando §3.3.1, 21 bytes. Without it both our ends could agree on a
   * format that no other XBZRLE decoder reads.
   */
  @Test
  void writesThePublishedXbzrleExample() {
    byte[] old = new byte[Page.BYTES];
    byte[] page = new byte[Page.BYTES];
    byte[] oldBytes = HexFormat.of().parseHex("1112131415161718191a1b1c1d1e1f20000011" + "2325");
    byte[] newBytes = HexFormat.of().parseHex("101112131415161718191a1b1c1d1e20000011" + "2224");
    System.arraycopy(oldBytes, 0, old, 75, oldBytes.length);
    System.arraycopy(newBytes, 0, page, 75, newBytes.length);
    var xbzrle = new RunLengthDelta(RunLengthDelta.Form.XBZRLE, DIFFERENCES);
    byte[] encoded = encode(xbzrle, old, page);
    assertEquals("4b0f101112131415161718191a1b1c1d1e04022224", HexFormat.of().formatHex(encoded));
    assertEquals(encoded.length, xbzrle.decode(encoded, 0, encoded.length, old, 0));
    assertArrayEquals(page, old);
  }

  /**
   * QEMU's overflow rule at its edge: 4096 bytes may be used up, but fewer than two left where a
   * run is due is an overflow, even of a run that is then left out. One off would change which
   * pages go whole.
   */
  @Test
  void overflowsWhereQemuDoes() {
    var xbzrle = new RunLengthDelta(RunLengthDelta.Form.XBZRLE, DIFFERENCES);
    byte[] target = new byte[xbzrle.reserveBytes()];
    // A changed run of n bytes from the start takes 1 + 2 + n bytes.
    for (int n = 4090; n <= Page.BYTES; n++) {
      byte[] page = new byte[Page.BYTES];
      Arrays.fill(page, 0, n, (byte) 1);
      int expected = 3 + n <= 4094 ? 3 + n : PageDelta.OVERFLOW;
      assertEquals(expected, xbzrle.encode(new byte[Page.BYTES], 0, page, 0, target, 0), "n " + n);
    }
    // An equal run of n, then changed to the end: the last run may fill the 4096.
    for (int n = 1; n < 6; n++) {
      byte[] page = new byte[Page.BYTES];
      Arrays.fill(page, n, Page.BYTES, (byte) 1);
      int length = 3 + Page.BYTES - n;
      assertEquals(
          length <= Page.BYTES ? length : PageDelta.OVERFLOW,
          xbzrle.encode(new byte[Page.BYTES], 0, page, 0, target, 0),
          "n " + n);
    }
  }

  /** Hou's form goes whole when not smaller; the sizes are those of the other form before that. */
  @Test
  void xorFormOverflowsWhenNotSmaller() {
    var rle = new RunLengthDelta(RunLengthDelta.Form.XOR, DIFFERENCES);
    byte[] target = new byte[rle.reserveBytes()];
    for (int n = 4090; n <= Page.BYTES; n++) {
      byte[] page = new byte[Page.BYTES];
      Arrays.fill(page, 0, n, (byte) 1);
      int expected = 3 + n < Page.BYTES ? 3 + n : PageDelta.OVERFLOW;
      assertEquals(expected, rle.encode(new byte[Page.BYTES], 0, page, 0, target, 0), "n " + n);
    }
  }

  /** Xen's worst case, 8 runs of 127 words and one of 8, and its runs and markers otherwise. */
  @Test
  void writesRemusRunsAsXenDoes() {
    var remus = new RemusDelta(DIFFERENCES);
    byte[] old = new byte[Page.BYTES];
    byte[] page = new byte[Page.BYTES];
    assertArrayEquals(new byte[] {0}, encode(remus, old, page));
    page[8] = 7;
    byte[] expected = {
      (byte) 0x82,
      1,
      7,
      0,
      0,
      0,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0xff,
      (byte) 0x85
    };
    assertArrayEquals(expected, encode(remus, old, page));
    Arrays.fill(page, (byte) 1);
    byte[] worst = encode(remus, old, page);
    assertEquals(4105, worst.length);
    assertEquals(127, worst[0]);
    assertEquals(8, worst[8 * 509]);
  }

  /** FITDOC's list, and its edge: 409 words make 4090 bytes, one more does not fit. */
  @Test
  void listsWordsUpTo409() {
    var words = new WordsDelta(DIFFERENCES);
    byte[] old = new byte[Page.BYTES];
    byte[] page = new byte[Page.BYTES];
    page[Page.BYTES - 1] = 3;
    assertArrayEquals(
        new byte[] {(byte) 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 3}, encode(words, old, page));
    for (int n : new int[] {409, 410, 512}) {
      page = new byte[Page.BYTES];
      for (int i = 0; i < n; i++) {
        page[i * 8 + i % 8] = 1;
      }
      int length = words.encode(old, 0, page, 0, new byte[words.reserveBytes()], 0);
      assertEquals(n == 409 ? 4090 : PageDelta.OVERFLOW, length);
    }
  }

  /**
   * Every encoding restores the page from its earlier content, writes only where it said, and reads
   * pages anywhere in an array, its very end included.
   */
  @Test
  void restoresPagesAnywhereInAnArray() {
    var random = new SplittableRandom(0x5eed_1001L);
    for (PageDelta delta : all()) {
      for (int round = 0; round < 400; round++) {
        int oldAt = random.nextInt(3) * 8;
        int pageAt = random.nextInt(3) * 8;
        byte[] old = new byte[oldAt + Page.BYTES];
        random.nextBytes(old);
        byte[] page = new byte[pageAt + Page.BYTES];
        System.arraycopy(old, oldAt, page, pageAt, Page.BYTES);
        change(page, pageAt, random, round);
        byte[] target = new byte[16 + delta.reserveBytes() + 16];
        Arrays.fill(target, (byte) CANARY);
        int length = delta.encode(old, oldAt, page, pageAt, target, 16);
        for (int i = 0; i < 16; i++) {
          assertEquals(CANARY, target[i]);
          assertEquals(CANARY, target[target.length - 1 - i]);
        }
        if (length == PageDelta.OVERFLOW) {
          continue;
        }
        assertTrue(length <= delta.maxBytes());
        boolean equal = Arrays.equals(old, oldAt, old.length, page, pageAt, page.length);
        assertEquals(equal, length == delta.unchangedBytes());
        byte[] source = Arrays.copyOfRange(target, 16, 16 + length);
        byte[] restored = new byte[8 + Page.BYTES + 8];
        Arrays.fill(restored, (byte) CANARY);
        System.arraycopy(old, oldAt, restored, 8, Page.BYTES);
        assertEquals(length, delta.decode(source, 0, length, restored, 8));
        assertEquals(
            -1,
            Arrays.mismatch(page, pageAt, page.length, restored, 8, 8 + Page.BYTES),
            "round " + round);
        for (int i = 0; i < 8; i++) {
          assertEquals(CANARY, restored[i]);
          assertEquals(CANARY, restored[restored.length - 1 - i]);
        }
      }
    }
  }

  private static void change(byte[] page, int at, SplittableRandom random, int round) {
    int changes = round == 0 ? 0 : 1 << random.nextInt(11);
    int longest = 1 << random.nextInt(12);
    for (int i = 0; i < changes; i++) {
      int start = random.nextInt(Page.BYTES);
      int end = Math.min(Page.BYTES, start + 1 + random.nextInt(longest));
      for (int b = start; b < end; b++) {
        page[at + b] += 1;
      }
    }
    if (round % 5 == 1) {
      page[at + Page.BYTES - 1] ^= 1;
    }
  }

  /** Malformed bytes give the offset of what is wrong and touch nothing outside of the page. */
  @Test
  void refusesMalformedBytes() {
    var random = new SplittableRandom(0x5eed_1002L);
    for (PageDelta delta : all()) {
      int refused = 0;
      for (int round = 0; round < 4000; round++) {
        byte[] source = new byte[random.nextInt(1 << random.nextInt(13)) + 1];
        random.nextBytes(source);
        if (round % 3 == 0) {
          for (int i = 0; i < source.length; i++) {
            source[i] &= 0x0f;
          }
        }
        byte[] page = new byte[8 + Page.BYTES + 8];
        int result = delta.decode(source, 0, source.length, page, 8);
        assertTrue(result == source.length || (result < 0 && -1 - result <= source.length));
        refused += result < 0 ? 1 : 0;
        for (int i = 0; i < 8; i++) {
          assertEquals(0, page[i]);
          assertEquals(0, page[page.length - 1 - i]);
        }
      }
      assertTrue(refused > 1000, "refused " + refused);
    }
  }

  /**
   * The vector kernel and the plain one give the same bytes. Without it a figure could depend on
   * whether the JVM had the incubator module.
   */
  @Test
  void bothKernelsGiveTheSameBytes() {
    assertTrue(DIFFERENCES.binding().contains("vectors"), DIFFERENCES.binding());
    var random = new SplittableRandom(0x5eed_1005L);
    List<PageDelta> vector = all(DIFFERENCES);
    List<PageDelta> plain = all(new WordDifferences());
    for (int round = 0; round < 300; round++) {
      byte[] old = new byte[Page.BYTES];
      random.nextBytes(old);
      byte[] page = old.clone();
      change(page, 0, random, round);
      for (int at = 0; at < Page.BYTES; at += Differences.LINE) {
        long expected = 0;
        for (int i = 0; i < Differences.LINE; i++) {
          expected |= (old[at + i] == page[at + i] ? 0L : 1L) << i;
        }
        assertEquals(expected, DIFFERENCES.mask(old, at, page, at));
        assertEquals(expected, new WordDifferences().mask(old, at, page, at));
      }
      for (int d = 0; d < vector.size(); d++) {
        byte[] one = new byte[vector.get(d).reserveBytes()];
        byte[] two = new byte[one.length];
        int length = vector.get(d).encode(old, 0, page, 0, one, 0);
        assertEquals(length, plain.get(d).encode(old, 0, page, 0, two, 0));
        int compared = Math.max(0, length);
        assertEquals(-1, Arrays.mismatch(one, 0, compared, two, 0, compared));
      }
    }
  }

  /**
   * Hou's delta byte by byte gives and takes the same bytes. Without it the comparison of then and
   * now would be one of two methods, not of two ways to compute one.
   */
  @Test
  void bytewiseLoopsGiveAndTakeTheSameBytes() {
    var random = new SplittableRandom(0x5eed_1006L);
    PageDelta wide = new RunLengthDelta(RunLengthDelta.Form.XOR, DIFFERENCES);
    PageDelta bytewise = new BytewiseDelta();
    int overflows = 0;
    for (int round = 0; round < 1000; round++) {
      byte[] old = new byte[Page.BYTES];
      random.nextBytes(old);
      byte[] page = old.clone();
      change(page, 0, random, round);
      byte[] one = new byte[wide.reserveBytes()];
      byte[] two = new byte[bytewise.reserveBytes()];
      int length = wide.encode(old, 0, page, 0, one, 0);
      assertEquals(length, bytewise.encode(old, 0, page, 0, two, 0), "round " + round);
      overflows += length == PageDelta.OVERFLOW ? 1 : 0;
      int compared = Math.max(0, length);
      assertEquals(-1, Arrays.mismatch(one, 0, compared, two, 0, compared), "round " + round);
      if (compared > 0) {
        // Damaged somewhere, it is refused at the same offset or gives the same page.
        one[random.nextInt(compared)] ^= (byte) (1 << random.nextInt(8));
        byte[] twin = old.clone();
        int result = wide.decode(one, 0, compared, old, 0);
        assertEquals(result, bytewise.decode(one, 0, compared, twin, 0), "round " + round);
        assertArrayEquals(old, twin, "round " + round);
      }
    }
    assertTrue(overflows > 10, "overflows " + overflows);
  }

  /**
   * What was encoded last becomes the earlier content, and not a byte beside it: of runs at either
   * end of the page, of few and of many. Otherwise the next encoding would be of a content that the
   * receiver does not have.
   */
  @Test
  void updatesTheEarlierContentAlone() {
    var random = new SplittableRandom(18);
    for (PageDelta delta : all()) {
      for (int changes : new int[] {0, 1, 2, 7, 60, 300, 2000, Page.BYTES}) {
        for (int length : new int[] {1, 3, 40, 700}) {
          byte[] old = new byte[3 * Page.BYTES];
          random.nextBytes(old);
          byte[] page = Arrays.copyOfRange(old, Page.BYTES, 2 * Page.BYTES);
          for (int c = 0; c < changes; c++) {
            int from = c == 0 ? 0 : c == 1 ? Page.BYTES - 1 : random.nextInt(Page.BYTES);
            for (int i = from; i < Math.min(Page.BYTES, from + length); i++) {
              page[i] ^= (byte) random.nextInt(1, 256);
            }
          }
          byte[] expected = old.clone();
          System.arraycopy(page, 0, expected, Page.BYTES, Page.BYTES);
          delta.encode(old, Page.BYTES, page, 0, new byte[delta.reserveBytes()], 0);
          delta.update(old, Page.BYTES, page, 0, Page.BYTES);
          assertArrayEquals(expected, old, delta + " " + changes + " " + length);
        }
      }
    }
  }
}
