package emulha.traces.synth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A stream of random numbers that depends on its key only: SplitMix64 (Steele, Lea and Flood,
 * 2014). Written out here because the library's generators do not promise the same numbers in every
 * release. Not thread-safe.
 */
final class Draws {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private long state;

  Draws(long key) {
    state = key;
  }

  /** A key made of a key and a part, such that streams of different keys are independent. */
  static long key(long key, long part) {
    return mix(key + GAMMA * (mix(part + GAMMA) | 1));
  }

  /** A key made of a key and a name. */
  static long key(long key, String name) {
    long result = key;
    for (int i = 0; i < name.length(); i++) {
      result = key(result, name.charAt(i));
    }
    return key(result, name.length());
  }

  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }

  long next() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  double fraction() {
    return (next() >>> 11) * 0x1p-53;
  }

  /** Uniform in 0..bound-1; bound from 1. */
  int below(int bound) {
    return (int) Math.unsignedMultiplyHigh(next(), bound);
  }

  /** Uniform in 0..bound-1; bound from 1. */
  long below(long bound) {
    return Math.unsignedMultiplyHigh(next(), bound);
  }

  /** The first of several whose share, with those before it, is above a number in [0, 1). */
  int choose(double[] upTo) {
    double u = fraction();
    int i = 0;
    while (i < upTo.length - 1 && u >= upTo[i]) {
      i++;
    }
    return i;
  }

  /** Fills {@code length} bytes, a multiple of 8. */
  void fill(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i += Long.BYTES) {
      LONGS.set(bytes, i, next());
    }
  }
}
