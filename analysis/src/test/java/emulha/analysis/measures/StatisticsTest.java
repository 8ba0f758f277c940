package emulha.analysis.measures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StatisticsTest {
  /**
   * Coverages are 1 - 2^(1-n) for the whole range, and those of the order statistics' table in
   * Conover, Practical Nonparametric Statistics (1999), Table A3, for n = 10 and 30. An interval of
   * two to five trials called 95 % would be wrong in up to half of all cases.
   */
  @Test
  void fewerThanSixTrialsHaveNoInterval() {
    double[] coverages = {0, 0.5, 0.75, 0.875, 0.9375, 0.96875};
    for (int n = 1; n <= coverages.length; n++) {
      assertEquals(coverages[n - 1], Statistics.medianCoverage(n), 1e-12);
      Estimate all = Statistics.median(IntStream.rangeClosed(1, n).asDoubleStream().toArray());
      assertEquals(1, all.low());
      assertEquals(n, all.high());
      assertEquals(n >= 6, all.decides(), n + " trials");
    }
    assertEquals(0.978516, Statistics.medianCoverage(10), 1e-6);
    assertEquals(0.957226, Statistics.medianCoverage(30), 1e-6);
    Estimate ten = Statistics.median(10, 1, 9, 2, 8, 3, 7, 4, 6, 5);
    assertEquals(new Estimate(5.5, 2, 9, 10), ten);
    Estimate thirty = Statistics.median(IntStream.rangeClosed(1, 30).asDoubleStream().toArray());
    assertEquals(new Estimate(15.5, 10, 21, 30), thirty);
    assertFalse(Statistics.median(7).hasInterval());
    assertTrue(Estimate.exact(7).decides());
    assertThrows(IllegalArgumentException.class, () -> Statistics.median());
  }

  /** A distribution and its true median. */
  private record Skewed(String name, ToDoubleFunction<Random> draw, double median) {}

  /** One long tail, one longer, and one of two humps: times of transfers look like each of them. */
  private static final List<Skewed> SKEWED =
      List.of(
          new Skewed("exponential", r -> -Math.log(1 - r.nextDouble()), Math.log(2)),
          new Skewed("log-normal", r -> Math.exp(1.5 * r.nextGaussian()), 1),
          new Skewed(
              "two humps", r -> r.nextInt(4) < 3 ? r.nextDouble() : 10 + r.nextDouble(), 2 / 3.0));

  /**
   * An interval that covers too rarely would let noise pass for a difference. Of 4000 intervals
   * that cover with 95 %, 3760 (94 %) or more do with a probability of 0.998.
   */
  @ParameterizedTest
  @ValueSource(ints = {6, 10, 30})
  void intervalsCoverTheTrueMedian(int n) {
    for (Skewed one : SKEWED) {
      var random = new Random(42 + n);
      int covered = 0;
      for (int i = 0; i < 4000; i++) {
        Estimate estimate = Statistics.median(sample(one, n, random));
        covered += estimate.low() <= one.median() && one.median() <= estimate.high() ? 1 : 0;
      }
      assertTrue(covered >= 3760, one.name() + ": covered " + covered + " of 4000");
    }
  }

  /** The same of ratios: of medians of two samples, and of pairs that share a drift. */
  @ParameterizedTest
  @ValueSource(ints = {6, 10, 30})
  void intervalsCoverTheTrueRatio(int n) {
    for (Skewed one : SKEWED) {
      var random = new Random(142 + n);
      int samples = 0;
      int pairs = 0;
      for (int i = 0; i < 4000; i++) {
        double[] a = Arrays.stream(sample(one, n, random)).map(v -> 3 * v).toArray();
        double[] b = sample(one, n, random);
        Estimate ratio = Statistics.ratio(a, b);
        samples += ratio.low() <= 3 && 3 <= ratio.high() ? 1 : 0;
        for (int t = 0; t < n; t++) {
          // By symmetry the quotient of two draws of one distribution has the median 1.
          a[t] *= 1 + t;
          b[t] *= 1 + t;
        }
        Estimate paired = Statistics.pairedRatio(a, b);
        pairs += paired.low() <= 3 && 3 <= paired.high() ? 1 : 0;
      }
      assertTrue(samples >= 3760, one.name() + ": two samples covered " + samples + " of 4000");
      assertTrue(pairs >= 3760, one.name() + ": pairs covered " + pairs + " of 4000");
    }
  }

  private static double[] sample(Skewed from, int n, Random random) {
    double[] sample = new double[n];
    Arrays.setAll(sample, i -> from.draw().applyAsDouble(random));
    return sample;
  }

  /** Drift that slows both methods alike must not widen the ratio of pairs. */
  @Test
  void pairedRatioCancelsDrift() {
    double[] a = {10, 20, 40, 80, 160, 320};
    double[] b = {5, 10, 20, 40, 80, 160};
    assertEquals(new Estimate(2, 2, 2, 6), Statistics.pairedRatio(a, b));
    assertEquals(new Estimate(2, 10 / 160.0, 320 / 5.0, 6), Statistics.ratio(a, b));
    assertThrows(IllegalArgumentException.class, () -> Statistics.pairedRatio(a, new double[3]));
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
