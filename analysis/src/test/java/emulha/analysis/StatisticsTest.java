package emulha.analysis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class StatisticsTest {
  @Test
  void medianOfOneTrialHasNoInterval() {
    assertEquals(new Estimate(7, 7, 7), Statistics.median(7));
    assertFalse(Statistics.median(7).hasInterval());
    assertThrows(IllegalArgumentException.class, () -> Statistics.median());
  }

  /**
   * Of five trials a resample's median is the smallest with probability 0.058 (three or more of
   * five draws at odds 1/5), more than 2.5 %: the interval is the whole range. Of nine it is not.
   */
  @Test
  void bootstrapIntervalOfFewTrials() {
    assertEquals(new Estimate(3, 1, 5), Statistics.median(5, 1, 4, 2, 3));
    Estimate nine = Statistics.median(1, 2, 3, 4, 5, 6, 7, 8, 9);
    // Exact: P(median ≤ 2) = P(Bin(9, 2/9) ≥ 5) = 0.029, P(median ≤ 1) = P(Bin(9, 1/9) ≥ 5) =
    // 0.001.
    assertEquals(new Estimate(5, 2, 8), nine);
  }

  /** An interval that covers too rarely would let noise pass for a difference. */
  @Test
  void intervalCoversTheTrueMedian() {
    var random = new Random(42);
    int covered = 0;
    for (int i = 0; i < 200; i++) {
      double[] sample = random.doubles(25).map(u -> -Math.log(1 - u)).toArray();
      Estimate estimate = Statistics.median(sample);
      if (estimate.low() <= Math.log(2) && Math.log(2) <= estimate.high()) {
        covered++;
      }
    }
    assertTrue(covered >= 180 && covered < 200, "covered " + covered + " of 200");
  }

  /** Drift that slows both methods alike must not widen the ratio. */
  @Test
  void interleavedRatioCancelsDrift() {
    double[] a = {10, 20, 40, 80};
    double[] b = {5, 10, 20, 40};
    assertEquals(new Estimate(2, 2, 2), Statistics.interleavedRatio(a, b));
    assertThrows(
        IllegalArgumentException.class, () -> Statistics.interleavedRatio(a, new double[3]));
  }

  /** Values of R's default: quantile(c(1, 2, 3, 4, 10), c(0.5, 0.9, 0.99)). */
  @Test
  void quantilesAreThoseOfR() {
    assertEquals(3, Statistics.quantile(0.5, 10, 1, 4, 2, 3));
    assertEquals(7.6, Statistics.quantile(0.9, 10, 1, 4, 2, 3), 1e-12);
    assertEquals(9.76, Statistics.quantile(0.99, 10, 1, 4, 2, 3), 1e-12);
  }

  @Test
  void spreadAndOutliers() {
    assertEquals(0, Statistics.spread(5));
    assertEquals(0.5, Statistics.spread(8, 10, 13));
    assertArrayEquals(new int[] {3}, Statistics.outliers(10, 11, 10.5, 20, 9.8));
    assertArrayEquals(new int[0], Statistics.outliers(10, 11, 10.5, 10.2, 9.8));
    assertArrayEquals(new int[0], Statistics.outliers(1, 100, 10000));
  }
}
