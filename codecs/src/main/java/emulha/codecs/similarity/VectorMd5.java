package emulha.codecs.similarity;

import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * MD5 (RFC 1321) of 24 chunks at once, one in each lane of three vectors of eight 32-bit words. One
 * MD5 is bound by the latency of its 64 dependent steps; three vectors fill the time, and more do
 * not fit in sixteen registers. Chunks of different lengths, and too few to pay, go to the
 * platform's MD5.
 */
final class VectorMd5 extends ChunkHash {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_256;

  /** Chunks digested at once. */
  static final int LANES = 24;

  private static final int HALF = 8;
  private static final int BLOCK = 64;
  private static final int WORDS = BLOCK / Integer.BYTES;

  /** Rows and columns of the tiles in which chunks are transposed. */
  private static final int TILE = 4;

  private static final VectorSpecies<Integer> ROW = IntVector.SPECIES_128;
  private static final VectorMask<Integer> ODD = VectorMask.fromLong(ROW, 0b1010);
  private static final VectorMask<Integer> UPPER = VectorMask.fromLong(ROW, 0b1100);
  private static final VectorShuffle<Integer> SWAP = VectorShuffle.fromValues(ROW, 2, 3, 0, 1);

  /** Below this many chunks, one by one is faster. */
  private static final int FEWEST = 4;

  private static final int[] INITIAL = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

  /** Of each round, the rotations of its four steps in turn. */
  private static final int[] SHIFTS = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

  /** The 64 constants of RFC 1321 §3.4, floor(2^32 * abs(sin(i + 1))), each in eight lanes. */
  private static final int[] SINES = new int[64 * HALF];

  private static final Round[] ROUNDS = {new Round1(), new Round2(), new Round3(), new Round4()};

  static {
    for (int i = 0; i < 64; i++) {
      int sine = (int) (long) (Math.abs(StrictMath.sin(i + 1)) * 0x1p32);
      Arrays.fill(SINES, i * HALF, (i + 1) * HALF, sine);
    }
  }

  private final Jdk single = new Jdk("MD5", 2);

  /** Word {@code w} of lane {@code l} is element {@code w * LANES + l}; so in all of these. */
  private final int[] words = new int[WORDS * LANES];

  private final int[] padding = new int[WORDS * LANES];
  private final int[] state = new int[4 * LANES];
  private final int[] before = new int[4 * LANES];

  VectorMd5() {
    super(2, "java MD5 (24 lanes of 256-bit vectors)");
  }

  @Override
  void digest(byte[][] arrays, int[] offsets, int[] lengths, int count, long[] digests) {
    int from = 0;
    if (count >= FEWEST && lengths[0] % BLOCK == 0 && sameLength(lengths, count)) {
      for (; count - from >= FEWEST; from += LANES) {
        digestLanes(arrays, offsets, lengths[0], from, Math.min(LANES, count - from), digests);
      }
    }
    for (int i = from; i < count; i++) {
      single.digestOne(arrays[i], offsets[i], lengths[i], digests, i);
    }
  }

  private static boolean sameLength(int[] lengths, int count) {
    for (int i = 1; i < count; i++) {
      if (lengths[i] != lengths[0]) {
        return false;
      }
    }
    return true;
  }

  private void digestLanes(
      byte[][] arrays, int[] offsets, int length, int from, int count, long[] digests) {
    for (int i = 0; i < 4; i++) {
      Arrays.fill(state, i * LANES, (i + 1) * LANES, INITIAL[i]);
    }
    for (int block = 0; block < length; block += BLOCK) {
      for (int lane = 0; lane < LANES; lane += TILE) {
        transpose(arrays, offsets, block, from + lane, from + count - 1, words, lane);
      }
      compress(words);
    }
    Arrays.fill(padding, 0, LANES, 0x80);
    Arrays.fill(padding, 14 * LANES, 15 * LANES, length * Byte.SIZE);
    compress(padding);
    for (int lane = 0; lane < count; lane++) {
      int at = 2 * (from + lane);
      digests[at] = pair(lane, 0);
      digests[at + 1] = pair(lane, 2);
    }
  }

  /**
   * A block of each of four chunks from {@code chunk} on into the lanes from {@code lane} on, four
   * words at a time. Lanes to spare repeat the last chunk.
   */
  private static void transpose(
      byte[][] arrays, int[] offsets, int block, int chunk, int last, int[] words, int lane) {
    int i = Math.min(chunk, last);
    int j = Math.min(chunk + 1, last);
    int k = Math.min(chunk + 2, last);
    int l = Math.min(chunk + 3, last);
    byte[] first = arrays[i];
    byte[] second = arrays[j];
    byte[] third = arrays[k];
    byte[] fourth = arrays[l];
    int firstAt = offsets[i] + block;
    int secondAt = offsets[j] + block;
    int thirdAt = offsets[k] + block;
    int fourthAt = offsets[l] + block;
    for (int w = 0; w < WORDS; w += TILE) {
      int at = w * Integer.BYTES;
      IntVector a = row(first, firstAt + at);
      IntVector b = row(second, secondAt + at);
      IntVector c = row(third, thirdAt + at);
      IntVector d = row(fourth, fourthAt + at);
      IntVector abEven = a.blend(up(b), ODD);
      IntVector abOdd = down(a).blend(b, ODD);
      IntVector cdEven = c.blend(up(d), ODD);
      IntVector cdOdd = down(c).blend(d, ODD);
      int to = w * LANES + lane;
      abEven.blend(cdEven.rearrange(SWAP), UPPER).intoArray(words, to);
      abOdd.blend(cdOdd.rearrange(SWAP), UPPER).intoArray(words, to + LANES);
      abEven.rearrange(SWAP).blend(cdEven, UPPER).intoArray(words, to + 2 * LANES);
      abOdd.rearrange(SWAP).blend(cdOdd, UPPER).intoArray(words, to + 3 * LANES);
    }
  }

  private static IntVector row(byte[] bytes, int at) {
    return ByteVector.fromArray(ByteVector.SPECIES_128, bytes, at).reinterpretAsInts();
  }

  /** Words 0 and 2 where words 1 and 3 are. */
  private static IntVector up(IntVector row) {
    return row.reinterpretAsLongs()
        .lanewise(VectorOperators.LSHL, Integer.SIZE)
        .reinterpretAsInts();
  }

  /** Words 1 and 3 where words 0 and 2 are. */
  private static IntVector down(IntVector row) {
    return row.reinterpretAsLongs()
        .lanewise(VectorOperators.LSHR, Integer.SIZE)
        .reinterpretAsInts();
  }

  private long pair(int lane, int word) {
    return (state[word * LANES + lane] & 0xffffffffL)
        | (long) state[(word + 1) * LANES + lane] << 32;
  }

  /** One block into the state. */
  private void compress(int[] block) {
    System.arraycopy(state, 0, before, 0, state.length);
    for (Round round : ROUNDS) {
      round.run(state, block);
    }
    for (int i = 0; i < state.length; i++) {
      state[i] += before[i];
    }
  }

  /**
   * Sixteen steps of all lanes. The four rounds are classes, called through this one, so that each
   * is compiled by itself: with more vector operations in a method, inlined ones included, the
   * compiler stops inlining and each vector becomes an object.
   */
  private abstract static class Round {
    abstract void run(int[] state, int[] words);
  }

  private static final class Round1 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a0 = at(state, 0);
      IntVector b0 = at(state, 3 * HALF);
      IntVector c0 = at(state, 6 * HALF);
      IntVector d0 = at(state, 9 * HALF);
      IntVector a1 = at(state, HALF);
      IntVector b1 = at(state, 4 * HALF);
      IntVector c1 = at(state, 7 * HALF);
      IntVector d1 = at(state, 10 * HALF);
      IntVector a2 = at(state, 2 * HALF);
      IntVector b2 = at(state, 5 * HALF);
      IntVector c2 = at(state, 8 * HALF);
      IntVector d2 = at(state, 11 * HALF);
      for (int i = 0; i < WORDS; i++) {
        int word = i * LANES;
        int shift = SHIFTS[i & 3];
        IntVector sine = at(SINES, i * HALF);
        IntVector e0 = f(b0, c0, d0, sine.add(at(words, word)).add(a0), shift);
        IntVector e1 = f(b1, c1, d1, sine.add(at(words, word + HALF)).add(a1), shift);
        IntVector e2 = f(b2, c2, d2, sine.add(at(words, word + 2 * HALF)).add(a2), shift);
        a0 = d0;
        d0 = c0;
        c0 = b0;
        b0 = e0;
        a1 = d1;
        d1 = c1;
        c1 = b1;
        b1 = e1;
        a2 = d2;
        d2 = c2;
        c2 = b2;
        b2 = e2;
      }
      a0.intoArray(state, 0);
      b0.intoArray(state, 3 * HALF);
      c0.intoArray(state, 6 * HALF);
      d0.intoArray(state, 9 * HALF);
      a1.intoArray(state, HALF);
      b1.intoArray(state, 4 * HALF);
      c1.intoArray(state, 7 * HALF);
      d1.intoArray(state, 10 * HALF);
      a2.intoArray(state, 2 * HALF);
      b2.intoArray(state, 5 * HALF);
      c2.intoArray(state, 8 * HALF);
      d2.intoArray(state, 11 * HALF);
    }
  }

  private static final class Round2 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a0 = at(state, 0);
      IntVector b0 = at(state, 3 * HALF);
      IntVector c0 = at(state, 6 * HALF);
      IntVector d0 = at(state, 9 * HALF);
      IntVector a1 = at(state, HALF);
      IntVector b1 = at(state, 4 * HALF);
      IntVector c1 = at(state, 7 * HALF);
      IntVector d1 = at(state, 10 * HALF);
      IntVector a2 = at(state, 2 * HALF);
      IntVector b2 = at(state, 5 * HALF);
      IntVector c2 = at(state, 8 * HALF);
      IntVector d2 = at(state, 11 * HALF);
      for (int i = 0; i < WORDS; i++) {
        int word = ((5 * i + 1) & 15) * LANES;
        int shift = SHIFTS[4 + (i & 3)];
        IntVector sine = at(SINES, (16 + i) * HALF);
        IntVector e0 = g(b0, c0, d0, sine.add(at(words, word)).add(a0), shift);
        IntVector e1 = g(b1, c1, d1, sine.add(at(words, word + HALF)).add(a1), shift);
        IntVector e2 = g(b2, c2, d2, sine.add(at(words, word + 2 * HALF)).add(a2), shift);
        a0 = d0;
        d0 = c0;
        c0 = b0;
        b0 = e0;
        a1 = d1;
        d1 = c1;
        c1 = b1;
        b1 = e1;
        a2 = d2;
        d2 = c2;
        c2 = b2;
        b2 = e2;
      }
      a0.intoArray(state, 0);
      b0.intoArray(state, 3 * HALF);
      c0.intoArray(state, 6 * HALF);
      d0.intoArray(state, 9 * HALF);
      a1.intoArray(state, HALF);
      b1.intoArray(state, 4 * HALF);
      c1.intoArray(state, 7 * HALF);
      d1.intoArray(state, 10 * HALF);
      a2.intoArray(state, 2 * HALF);
      b2.intoArray(state, 5 * HALF);
      c2.intoArray(state, 8 * HALF);
      d2.intoArray(state, 11 * HALF);
    }
  }

  private static final class Round3 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a0 = at(state, 0);
      IntVector b0 = at(state, 3 * HALF);
      IntVector c0 = at(state, 6 * HALF);
      IntVector d0 = at(state, 9 * HALF);
      IntVector a1 = at(state, HALF);
      IntVector b1 = at(state, 4 * HALF);
      IntVector c1 = at(state, 7 * HALF);
      IntVector d1 = at(state, 10 * HALF);
      IntVector a2 = at(state, 2 * HALF);
      IntVector b2 = at(state, 5 * HALF);
      IntVector c2 = at(state, 8 * HALF);
      IntVector d2 = at(state, 11 * HALF);
      for (int i = 0; i < WORDS; i++) {
        int word = ((3 * i + 5) & 15) * LANES;
        int shift = SHIFTS[8 + (i & 3)];
        IntVector sine = at(SINES, (32 + i) * HALF);
        IntVector e0 = h(b0, c0, d0, sine.add(at(words, word)).add(a0), shift);
        IntVector e1 = h(b1, c1, d1, sine.add(at(words, word + HALF)).add(a1), shift);
        IntVector e2 = h(b2, c2, d2, sine.add(at(words, word + 2 * HALF)).add(a2), shift);
        a0 = d0;
        d0 = c0;
        c0 = b0;
        b0 = e0;
        a1 = d1;
        d1 = c1;
        c1 = b1;
        b1 = e1;
        a2 = d2;
        d2 = c2;
        c2 = b2;
        b2 = e2;
      }
      a0.intoArray(state, 0);
      b0.intoArray(state, 3 * HALF);
      c0.intoArray(state, 6 * HALF);
      d0.intoArray(state, 9 * HALF);
      a1.intoArray(state, HALF);
      b1.intoArray(state, 4 * HALF);
      c1.intoArray(state, 7 * HALF);
      d1.intoArray(state, 10 * HALF);
      a2.intoArray(state, 2 * HALF);
      b2.intoArray(state, 5 * HALF);
      c2.intoArray(state, 8 * HALF);
      d2.intoArray(state, 11 * HALF);
    }
  }

  private static final class Round4 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a0 = at(state, 0);
      IntVector b0 = at(state, 3 * HALF);
      IntVector c0 = at(state, 6 * HALF);
      IntVector d0 = at(state, 9 * HALF);
      IntVector a1 = at(state, HALF);
      IntVector b1 = at(state, 4 * HALF);
      IntVector c1 = at(state, 7 * HALF);
      IntVector d1 = at(state, 10 * HALF);
      IntVector a2 = at(state, 2 * HALF);
      IntVector b2 = at(state, 5 * HALF);
      IntVector c2 = at(state, 8 * HALF);
      IntVector d2 = at(state, 11 * HALF);
      for (int i = 0; i < WORDS; i++) {
        int word = ((7 * i) & 15) * LANES;
        int shift = SHIFTS[12 + (i & 3)];
        IntVector sine = at(SINES, (48 + i) * HALF);
        IntVector e0 = i(b0, c0, d0, sine.add(at(words, word)).add(a0), shift);
        IntVector e1 = i(b1, c1, d1, sine.add(at(words, word + HALF)).add(a1), shift);
        IntVector e2 = i(b2, c2, d2, sine.add(at(words, word + 2 * HALF)).add(a2), shift);
        a0 = d0;
        d0 = c0;
        c0 = b0;
        b0 = e0;
        a1 = d1;
        d1 = c1;
        c1 = b1;
        b1 = e1;
        a2 = d2;
        d2 = c2;
        c2 = b2;
        b2 = e2;
      }
      a0.intoArray(state, 0);
      b0.intoArray(state, 3 * HALF);
      c0.intoArray(state, 6 * HALF);
      d0.intoArray(state, 9 * HALF);
      a1.intoArray(state, HALF);
      b1.intoArray(state, 4 * HALF);
      c1.intoArray(state, 7 * HALF);
      d1.intoArray(state, 10 * HALF);
      a2.intoArray(state, 2 * HALF);
      b2.intoArray(state, 5 * HALF);
      c2.intoArray(state, 8 * HALF);
      d2.intoArray(state, 11 * HALF);
    }
  }

  private static IntVector at(int[] array, int index) {
    return IntVector.fromArray(SPECIES, array, index);
  }

  // The four kinds of step. Steps wait for one another by way of b, so what else there is to a step
  // comes first: `known` is the step's word, its constant and a.

  private static IntVector f(IntVector b, IntVector c, IntVector d, IntVector known, int left) {
    IntVector mix = c.lanewise(VectorOperators.XOR, d).and(b).lanewise(VectorOperators.XOR, d);
    return turn(known.add(mix), b, left);
  }

  /** No bit is set in both parts of its mix, so they can be added. */
  private static IntVector g(IntVector b, IntVector c, IntVector d, IntVector known, int left) {
    return turn(c.and(d.not()).add(known).add(b.and(d)), b, left);
  }

  private static IntVector h(IntVector b, IntVector c, IntVector d, IntVector known, int left) {
    IntVector mix = c.lanewise(VectorOperators.XOR, d).lanewise(VectorOperators.XOR, b);
    return turn(known.add(mix), b, left);
  }

  private static IntVector i(IntVector b, IntVector c, IntVector d, IntVector known, int left) {
    IntVector mix = d.not().or(b).lanewise(VectorOperators.XOR, c);
    return turn(known.add(mix), b, left);
  }

  private static IntVector turn(IntVector sum, IntVector b, int left) {
    return sum.lanewise(VectorOperators.ROL, left).add(b);
  }
}
