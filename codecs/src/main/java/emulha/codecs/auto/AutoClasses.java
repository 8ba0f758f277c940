package emulha.codecs.auto;

import emulha.codecs.Block;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Classes of pages that a profile of {@link Auto} tells apart, by what 128 of their bytes, one of
 * each 128th, show: how many are zero, and how many values there are. And whether the page was seen
 * before in the session.
 */
final class AutoClasses {
  private static final int SAMPLES = 128;

  /** Least number of zeros of each kind but the first. */
  private static final int[] ZEROS = {SAMPLES / 8, SAMPLES / 2, SAMPLES};

  private static final List<String> ZERO_NAMES = List.of("few", "some", "most", "all");

  /** Least number of different values of each kind but the first. */
  private static final int[] VALUES = {9, 33, 65};

  private static final List<String> VALUE_NAMES = List.of("1-8", "9-32", "33-64", "65-128");

  /** Number of classes. */
  static final int COUNT = 2 * (ZEROS.length + 1) * (VALUES.length + 1);

  private AutoClasses() {}

  /** The class of a block, 0 to {@link #COUNT} less 1. */
  static int of(Block block, boolean seen) {
    byte[] bytes = block.bytes();
    int samples = Math.min(SAMPLES, block.length());
    int stride = block.length() / samples;
    long v0 = 0;
    long v1 = 0;
    long v2 = 0;
    long v3 = 0;
    int zeros = 0;
    for (int i = 0; i < samples; i++) {
      // One place further in each stretch, so that no place in a record escapes or is all there is.
      int value = bytes[block.offset() + i * stride + i % stride] & 0xff;
      long bit = 1L << value;
      switch (value >>> 6) {
        case 0 -> v0 |= bit;
        case 1 -> v1 |= bit;
        case 2 -> v2 |= bit;
        default -> v3 |= bit;
      }
      zeros += value == 0 ? 1 : 0;
    }
    int values = Long.bitCount(v0) + Long.bitCount(v1) + Long.bitCount(v2) + Long.bitCount(v3);
    int zeroKind = kind(ZEROS, zeros * SAMPLES / samples);
    return ((seen ? 1 : 0) * ZERO_NAMES.size() + zeroKind) * VALUE_NAMES.size()
        + kind(VALUES, values);
  }

  private static int kind(int[] least, int count) {
    int kind = 0;
    while (kind < least.length && count >= least[kind]) {
      kind++;
    }
    return kind;
  }

  /** What a profile calls a class. */
  static String name(int number) {
    int values = number % VALUE_NAMES.size();
    int zeros = number / VALUE_NAMES.size() % ZERO_NAMES.size();
    boolean seen = number >= COUNT / 2;
    return "%s, zeros %s, values %s"
        .formatted(seen ? "again" : "new", ZERO_NAMES.get(zeros), VALUE_NAMES.get(values));
  }

  /** The class of a name; -1 if there is none. */
  static int number(String name) {
    return IntStream.range(0, COUNT).filter(i -> name(i).equals(name)).findFirst().orElse(-1);
  }
}
