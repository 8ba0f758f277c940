package emulha.codecs.similarity;

import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * MD5 (RFC 1321) of sixteen chunks at once, one in each lane of two vectors of eight 32-bit words.
 * One MD5 is bound by the latency of its 64 dependent steps; sixteen fill the time. Chunks of
 * different lengths, and too few to pay, go to the platform's MD5.
 */
final class VectorMd5 extends ChunkHash {
  private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_256;
  private static final int LANES = 16;
  private static final int HALF = 8;
  private static final int BLOCK = 64;
  private static final int WORDS = BLOCK / Integer.BYTES;

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

  @Override
  int words() {
    return 2;
  }

  @Override
  String binding() {
    return "java MD5 (16 lanes of 256-bit vectors)";
  }

  @Override
  void digest(byte[][] arrays, int[] offsets, int[] lengths, int count, long[] digests) {
    int from = 0;
    int length = lengths[0];
    if (length % BLOCK == 0 && sameLength(lengths, count)) {
      for (; count - from >= FEWEST; from += LANES) {
        digestLanes(arrays, offsets, length, from, Math.min(LANES, count - from), digests);
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
      for (int lane = 0; lane < LANES; lane++) {
        // Lanes to spare repeat the first chunk.
        int chunk = from + (lane < count ? lane : 0);
        transpose(arrays[chunk], offsets[chunk] + block, lane);
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

  private void transpose(byte[] bytes, int offset, int lane) {
    for (int w = 0; w < WORDS; w += 2) {
      long pair = (long) LONGS.get(bytes, offset + w * Integer.BYTES);
      words[w * LANES + lane] = (int) pair;
      words[(w + 1) * LANES + lane] = (int) (pair >>> 32);
    }
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
   * Sixteen steps of all lanes, two in each turn of a loop. The four rounds are classes, called
   * through this one, so that each is compiled by itself: with more vector operations in a method,
   * inlined ones included, the compiler stops inlining and each vector becomes an object.
   */
  private abstract static class Round {
    abstract void run(int[] state, int[] words);
  }

  private static final class Round1 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a = at(state, 0);
      IntVector p = at(state, HALF);
      IntVector b = at(state, 2 * HALF);
      IntVector q = at(state, 3 * HALF);
      IntVector c = at(state, 4 * HALF);
      IntVector r = at(state, 5 * HALF);
      IntVector d = at(state, 6 * HALF);
      IntVector s = at(state, 7 * HALF);
      for (int i = 0; i < WORDS; i += 2) {
        int word = i * LANES;
        int then = (i + 1) * LANES;
        int shift = SHIFTS[i & 2];
        int turn = SHIFTS[(i & 2) + 1];
        IntVector sine = at(SINES, i * HALF);
        IntVector next = at(SINES, (i + 1) * HALF);
        IntVector e = step(f(b, c, d), a, b, sine.add(at(words, word)), shift);
        IntVector t = step(f(q, r, s), p, q, sine.add(at(words, word + HALF)), shift);
        IntVector g = step(f(e, b, c), d, e, next.add(at(words, then)), turn);
        IntVector v = step(f(t, q, r), s, t, next.add(at(words, then + HALF)), turn);
        a = c;
        d = b;
        c = e;
        b = g;
        p = r;
        s = q;
        r = t;
        q = v;
      }
      a.intoArray(state, 0);
      p.intoArray(state, HALF);
      b.intoArray(state, 2 * HALF);
      q.intoArray(state, 3 * HALF);
      c.intoArray(state, 4 * HALF);
      r.intoArray(state, 5 * HALF);
      d.intoArray(state, 6 * HALF);
      s.intoArray(state, 7 * HALF);
    }
  }

  private static final class Round2 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a = at(state, 0);
      IntVector p = at(state, HALF);
      IntVector b = at(state, 2 * HALF);
      IntVector q = at(state, 3 * HALF);
      IntVector c = at(state, 4 * HALF);
      IntVector r = at(state, 5 * HALF);
      IntVector d = at(state, 6 * HALF);
      IntVector s = at(state, 7 * HALF);
      for (int i = 0; i < WORDS; i += 2) {
        int word = ((5 * i + 1) & 15) * LANES;
        int then = ((5 * i + 6) & 15) * LANES;
        int shift = SHIFTS[4 + (i & 2)];
        int turn = SHIFTS[4 + (i & 2) + 1];
        IntVector sine = at(SINES, (16 + i) * HALF);
        IntVector next = at(SINES, (17 + i) * HALF);
        IntVector e = step(g(b, c, d), a, b, sine.add(at(words, word)), shift);
        IntVector t = step(g(q, r, s), p, q, sine.add(at(words, word + HALF)), shift);
        IntVector g = step(g(e, b, c), d, e, next.add(at(words, then)), turn);
        IntVector v = step(g(t, q, r), s, t, next.add(at(words, then + HALF)), turn);
        a = c;
        d = b;
        c = e;
        b = g;
        p = r;
        s = q;
        r = t;
        q = v;
      }
      a.intoArray(state, 0);
      p.intoArray(state, HALF);
      b.intoArray(state, 2 * HALF);
      q.intoArray(state, 3 * HALF);
      c.intoArray(state, 4 * HALF);
      r.intoArray(state, 5 * HALF);
      d.intoArray(state, 6 * HALF);
      s.intoArray(state, 7 * HALF);
    }
  }

  private static final class Round3 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a = at(state, 0);
      IntVector p = at(state, HALF);
      IntVector b = at(state, 2 * HALF);
      IntVector q = at(state, 3 * HALF);
      IntVector c = at(state, 4 * HALF);
      IntVector r = at(state, 5 * HALF);
      IntVector d = at(state, 6 * HALF);
      IntVector s = at(state, 7 * HALF);
      for (int i = 0; i < WORDS; i += 2) {
        int word = ((3 * i + 5) & 15) * LANES;
        int then = ((3 * i + 8) & 15) * LANES;
        int shift = SHIFTS[8 + (i & 2)];
        int turn = SHIFTS[8 + (i & 2) + 1];
        IntVector sine = at(SINES, (32 + i) * HALF);
        IntVector next = at(SINES, (33 + i) * HALF);
        IntVector e = step(h(b, c, d), a, b, sine.add(at(words, word)), shift);
        IntVector t = step(h(q, r, s), p, q, sine.add(at(words, word + HALF)), shift);
        IntVector g = step(h(e, b, c), d, e, next.add(at(words, then)), turn);
        IntVector v = step(h(t, q, r), s, t, next.add(at(words, then + HALF)), turn);
        a = c;
        d = b;
        c = e;
        b = g;
        p = r;
        s = q;
        r = t;
        q = v;
      }
      a.intoArray(state, 0);
      p.intoArray(state, HALF);
      b.intoArray(state, 2 * HALF);
      q.intoArray(state, 3 * HALF);
      c.intoArray(state, 4 * HALF);
      r.intoArray(state, 5 * HALF);
      d.intoArray(state, 6 * HALF);
      s.intoArray(state, 7 * HALF);
    }
  }

  private static final class Round4 extends Round {
    @Override
    void run(int[] state, int[] words) {
      IntVector a = at(state, 0);
      IntVector p = at(state, HALF);
      IntVector b = at(state, 2 * HALF);
      IntVector q = at(state, 3 * HALF);
      IntVector c = at(state, 4 * HALF);
      IntVector r = at(state, 5 * HALF);
      IntVector d = at(state, 6 * HALF);
      IntVector s = at(state, 7 * HALF);
      for (int i = 0; i < WORDS; i += 2) {
        int word = ((7 * i) & 15) * LANES;
        int then = ((7 * i + 7) & 15) * LANES;
        int shift = SHIFTS[12 + (i & 2)];
        int turn = SHIFTS[12 + (i & 2) + 1];
        IntVector sine = at(SINES, (48 + i) * HALF);
        IntVector next = at(SINES, (49 + i) * HALF);
        IntVector e = step(i(b, c, d), a, b, sine.add(at(words, word)), shift);
        IntVector t = step(i(q, r, s), p, q, sine.add(at(words, word + HALF)), shift);
        IntVector g = step(i(e, b, c), d, e, next.add(at(words, then)), turn);
        IntVector v = step(i(t, q, r), s, t, next.add(at(words, then + HALF)), turn);
        a = c;
        d = b;
        c = e;
        b = g;
        p = r;
        s = q;
        r = t;
        q = v;
      }
      a.intoArray(state, 0);
      p.intoArray(state, HALF);
      b.intoArray(state, 2 * HALF);
      q.intoArray(state, 3 * HALF);
      c.intoArray(state, 4 * HALF);
      r.intoArray(state, 5 * HALF);
      d.intoArray(state, 6 * HALF);
      s.intoArray(state, 7 * HALF);
    }
  }

  private static IntVector at(int[] array, int index) {
    return IntVector.fromArray(SPECIES, array, index);
  }

  /** What is known before the step is added first: the steps wait for one another. */
  private static IntVector step(
      IntVector mix, IntVector a, IntVector b, IntVector known, int left) {
    return mix.add(known.add(a)).lanewise(VectorOperators.ROL, left).add(b);
  }

  private static IntVector f(IntVector b, IntVector c, IntVector d) {
    return c.lanewise(VectorOperators.XOR, d).and(b).lanewise(VectorOperators.XOR, d);
  }

  private static IntVector g(IntVector b, IntVector c, IntVector d) {
    return f(d, b, c);
  }

  private static IntVector h(IntVector b, IntVector c, IntVector d) {
    return b.lanewise(VectorOperators.XOR, c).lanewise(VectorOperators.XOR, d);
  }

  private static IntVector i(IntVector b, IntVector c, IntVector d) {
    return d.not().or(b).lanewise(VectorOperators.XOR, c);
  }
}
