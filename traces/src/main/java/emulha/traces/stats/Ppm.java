package emulha.traces.stats;

import java.math.BigInteger;

/** Ratios in raw integers. */
final class Ppm {
  private Ppm() {}

  /** {@code part / whole} in millionths, to the nearest, halves up; both at least 0. */
  static long of(long part, long whole) {
    return nearest(part, 1_000_000, whole);
  }

  /** {@code a * b / divisor} to the nearest integer, halves up, without overflow in between. */
  static long nearest(long a, long b, long divisor) {
    BigInteger twice = BigInteger.valueOf(a).multiply(BigInteger.valueOf(2 * b));
    BigInteger d = BigInteger.valueOf(divisor);
    return twice.add(d).divide(d.shiftLeft(1)).longValueExact();
  }
}
