package emulha.codecs.similarity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.Page;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RabinChunkerTest {
  private static final BigInteger POLYNOMIAL = BigInteger.valueOf(RabinChunker.POLYNOMIAL);

  /** By long division of polynomials over GF(2). */
  private static BigInteger remainder(BigInteger polynomial) {
    BigInteger rest = polynomial;
    while (rest.bitLength() >= POLYNOMIAL.bitLength()) {
      rest = rest.xor(POLYNOMIAL.shiftLeft(rest.bitLength() - POLYNOMIAL.bitLength()));
    }
    return rest;
  }

  private static BigInteger squared(BigInteger polynomial) {
    BigInteger square = BigInteger.ZERO;
    for (int bit = 0; bit < polynomial.bitLength(); bit++) {
      if (polynomial.testBit(bit)) {
        square = square.setBit(2 * bit);
      }
    }
    return remainder(square);
  }

  private static List<Integer> ends(int average, byte[] page) {
    var chunker = new RabinChunker(average, Page.BYTES);
    int[] ends = new int[chunker.maxChunks()];
    int count = chunker.divide(page, 0, ends);
    return Arrays.stream(ends, 0, count).boxed().toList();
  }

  private static byte[] noise(long seed) {
    byte[] page = new byte[Page.BYTES];
    new SplittableRandom(seed).nextBytes(page);
    return page;
  }

  /** A reducible polynomial would let unequal windows have equal fingerprints far too often. */
  @Test
  void polynomialIsIrreducible() {
    assertEquals(RabinChunker.DEGREE + 1, POLYNOMIAL.bitLength());
    // Of prime degree d: x^(2^d) = x, and neither 0 nor 1 is a root.
    BigInteger x = BigInteger.TWO;
    BigInteger power = x;
    for (int i = 0; i < RabinChunker.DEGREE; i++) {
      power = squared(power);
    }
    assertEquals(x, power);
    assertTrue(POLYNOMIAL.testBit(0));
    assertEquals(1, POLYNOMIAL.bitCount() % 2);
  }

  /** Without this a table could be wrong, and boundaries would still look like some. */
  @ParameterizedTest
  @ValueSource(ints = {256, 1024, 4096})
  void cutsWhereTheDefinitionSays(int average) {
    for (long seed = 0; seed < 4; seed++) {
      byte[] page = noise(0x5eed_ab10L + seed);
      Arrays.fill(page, 1000, 1400, (byte) 0);
      List<Integer> expected = new ArrayList<>();
      int start = 0;
      for (int end = 1; end <= Page.BYTES; end++) {
        int length = end - start;
        boolean boundary = false;
        if (length >= average / 4 && end < Page.BYTES) {
          byte[] window = Arrays.copyOfRange(page, end - RabinChunker.WINDOW, end);
          int low = remainder(new BigInteger(1, window)).intValue() & 0xffff;
          boundary = low >= 65536 - 65536 / (average - average / 4);
        }
        if (boundary || length == 4 * average || end == Page.BYTES) {
          expected.add(end);
          start = end;
        }
      }
      assertEquals(expected, ends(average, page), "seed " + seed);
    }
  }

  /** The point of it all: content that has moved within its page has its boundaries moved too. */
  @Test
  void boundariesMoveWithTheContent() {
    byte[] page = noise(0x5eed_ab20L);
    byte[] moved = noise(0x5eed_ab21L);
    System.arraycopy(page, 0, moved, 77, Page.BYTES - 77);
    List<Integer> ends = ends(256, page);
    List<Integer> movedEnds = ends(256, moved);
    List<Integer> shifted =
        ends.stream().map(end -> end + 77).filter(end -> end < Page.BYTES).toList();
    long common = shifted.stream().filter(movedEnds::contains).count();
    assertTrue(common >= shifted.size() - 3, ends + " and " + movedEnds);
  }

  /** Without this a chunk size in results would not be what it says. */
  @Test
  void chunksHaveTheAverageLength() {
    int[] lengths = new int[2];
    for (long seed = 0; seed < 400; seed++) {
      List<Integer> ends = ends(256, noise(0x5eed_ab30L + seed));
      // The last two are left out: a page's end cuts one, and long ones are rarer before it.
      for (int i = 0; i < ends.size(); i++) {
        int start = i == 0 ? 0 : ends.get(i - 1);
        if (start < Page.BYTES - 1024) {
          lengths[0] += ends.get(i) - start;
          lengths[1]++;
        }
      }
    }
    assertEquals(256, (double) lengths[0] / lengths[1], 8);
  }

  /** Pages of one byte would otherwise fall into the shortest chunks, the worst case for all. */
  @Test
  void runsOfOneByteAreCutAtTheLargestLength() {
    for (int value = 0; value < 256; value++) {
      byte[] page = new byte[Page.BYTES];
      Arrays.fill(page, (byte) value);
      assertArrayEquals(
          new Integer[] {1024, 2048, 3072, 4096}, ends(256, page).toArray(), "byte " + value);
    }
  }
}
