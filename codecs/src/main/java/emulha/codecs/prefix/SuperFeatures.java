package emulha.codecs.prefix;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Three numbers that say what is in a page, such that pages with much in common are likely to have
 * one in common: each is made of four features, and a feature is the largest of some hashes of the
 * page's windows of 32 bytes. They are the sender's alone. Has scratch memory, so one instance
 * belongs to one thread.
 */
final class SuperFeatures {
  /** How features are made of the hashes. */
  enum Kind {
    /**
     * Twelve linear transforms of the hashes that the content itself samples (Zou, Deng et al.,
     * "Odess", ICDE 2021; Xia et al., ACM TOS 2023).
     */
    ODESS,
    /** The same of all hashes (Broder 1997; Kulkarni et al., USENIX ATC 2004). */
    N_TRANSFORM,
    /**
     * The largest hash of each of twelve equal parts; a super-feature is made of those of the same
     * rank among three neighbours (Zhang et al., "Finesse", FAST 2019).
     */
    FINESSE;

    static Kind named(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  /** Super-features of a page. */
  static final int COUNT = 3;

  private static final int FEATURES = 12;
  private static final int PER_SUPER_FEATURE = FEATURES / COUNT;

  /** A hash of 32 bits that moves by one bit a byte knows the last 32 bytes. */
  private static final int WINDOW = Integer.SIZE;

  private static final int[] GEAR = new int[256];
  private static final int[] FACTORS = new int[FEATURES];
  private static final int[] SUMMANDS = new int[FEATURES];

  static {
    var random = new SplittableRandom(0x0dE55_9EA2L);
    Arrays.setAll(GEAR, i -> random.nextInt());
    Arrays.setAll(FACTORS, i -> random.nextInt() | 1);
    Arrays.setAll(SUMMANDS, i -> random.nextInt());
  }

  private final Kind kind;

  /** Of these bits all are zero in a hash that is sampled. */
  private final int mask;

  private final int[] features = new int[FEATURES];

  /**
   * @param sampling of so many hashes one is used, a power of two; 1: all. For {@link Kind#ODESS}
   */
  SuperFeatures(Kind kind, int sampling) {
    this.kind = kind;
    // The upper bits depend on all of the window.
    mask =
        kind == Kind.ODESS && sampling > 1
            ? -1 << (Integer.SIZE - Integer.numberOfTrailingZeros(sampling))
            : 0;
  }

  /**
   * Finds a page's super-features.
   *
   * @param target takes {@link #COUNT} numbers, none of them 0; all 0 if no hash was sampled
   */
  void of(byte[] bytes, int offset, int length, long[] target) {
    boolean any =
        kind == Kind.FINESSE ? byPart(bytes, offset, length) : ofWhole(bytes, offset, length);
    for (int k = 0; k < COUNT; k++) {
      target[k] = any ? superFeature(k) : 0;
    }
  }

  private boolean ofWhole(byte[] bytes, int offset, int length) {
    Arrays.fill(features, Integer.MIN_VALUE);
    int hash = 0;
    int end = offset + length;
    boolean any = false;
    for (int i = offset; i < end; i++) {
      hash = (hash << 1) + GEAR[bytes[i] & 0xff];
      if ((hash & mask) == 0 && i - offset >= WINDOW - 1) {
        any = true;
        for (int f = 0; f < FEATURES; f++) {
          features[f] = Math.max(features[f], hash * FACTORS[f] + SUMMANDS[f]);
        }
      }
    }
    return any;
  }

  private boolean byPart(byte[] bytes, int offset, int length) {
    Arrays.fill(features, Integer.MIN_VALUE);
    int hash = 0;
    for (int i = 0; i < length; i++) {
      hash = (hash << 1) + GEAR[bytes[offset + i] & 0xff];
      if (i >= WINDOW - 1) {
        int part = (int) ((long) i * FEATURES / length);
        features[part] = Math.max(features[part], hash);
      }
    }
    for (int f = 0; f < FEATURES; f += COUNT) {
      Arrays.sort(features, f, f + COUNT);
    }
    return length >= WINDOW;
  }

  private long superFeature(int k) {
    long hash = 1L + k;
    for (int f = 0; f < PER_SUPER_FEATURE; f++) {
      int feature =
          kind == Kind.FINESSE ? features[f * COUNT + k] : features[k * PER_SUPER_FEATURE + f];
      hash = mixed(hash ^ (feature & 0xffff_ffffL));
    }
    return hash == 0 ? 1 : hash;
  }

  /** Every bit of the result depends on every bit given (Stafford's variant 13). */
  private static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }
}
