package emulha.traces.synth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class NonNegativeLeastSquaresTest {
  /** Solutions of scipy.optimize.nnls (SciPy 1.17.1), an implementation that is not ours. */
  @Test
  void equalsScipy() {
    assertArrayEquals(
        new double[] {0, 1.27776818103},
        NonNegativeLeastSquares.solve(
            new double[][] {{0.09, 0.24}, {0.8, 0.58}, {0.09, 0.43}},
            new double[] {0.64, 0.41, 0.81}),
        1e-9);
    assertArrayEquals(
        new double[] {0, 1.08053319822, 0, 0.0690787758781},
        NonNegativeLeastSquares.solve(
            new double[][] {
              {0.11, 0.39, 0.52, 0.43},
              {0.59, 0.74, 0.96, 0.28},
              {0.65, 0.7, 0.29, 0},
              {0.97, 0.3, 0.31, 0.89}
            },
            new double[] {0.71, 0.63, 0.84, 0.32}),
        1e-9);
    assertArrayEquals(
        new double[] {0.894211102566, 0.436037879053, 0, 0, 0.0470270941423, 0.0447308333226, 0},
        NonNegativeLeastSquares.solve(
            new double[][] {
              {0.71, 0.37, 0.09, 0.66, 0.93, 0.21, 0.63},
              {0.3, 0.74, 0.72, 0.22, 0.83, 0.66, 0.68},
              {0.82, 0.43, 0.76, 0.88, 0.1, 0.85, 0.39},
              {0.48, 0.15, 0.7, 0.29, 0.87, 0.28, 0.56},
              {0.4, 0.61, 0.2, 0.18, 0.75, 0.75, 0.57}
            },
            new double[] {0.94, 0.44, 0.9, 0.42, 0.98}),
        1e-9);
    assertArrayEquals(
        new double[] {
          0, 0.150872139873, 0, 0.542357979148, 0, 0, 0.39383724605, 0.0432689187593, 0, 0
        },
        NonNegativeLeastSquares.solve(
            new double[][] {
              {0.62, 0.61, 0.97, 0.79, 0.79, 0.05, 0.37, 0.08, 0.19, 0.21},
              {0.86, 0.13, 0.3, 0.49, 0.85, 0.97, 0.71, 0.21, 0.54, 0.71},
              {0.05, 0.68, 0.37, 0.59, 0.67, 0.67, 0.52, 0.55, 0.2, 0.5},
              {0.13, 0.48, 0.54, 0.77, 0.39, 0.02, 0.53, 0.21, 0.74, 0.39},
              {0.38, 0.91, 0.39, 0.35, 0.35, 0.48, 0.09, 0.55, 0.92, 0.56},
              {0.74, 0.95, 0.84, 0.74, 0.81, 0.82, 0.25, 0.48, 0.34, 0.26}
            },
            new double[] {0.7, 0.52, 0.73, 0.71, 0.37, 0.61}),
        1e-9);
  }

  /**
   * At a minimum the gradient vanishes where x is positive and pushes below zero elsewhere (Karush,
   * Kuhn, Tucker); a solver that stops early would leave sizes unmet for no reason.
   */
  @Test
  void meetsTheConditionsOfAMinimum() {
    var random = new SplittableRandom(31);
    for (int round = 0; round < 200; round++) {
      int rows = 1 + random.nextInt(8);
      int columns = 1 + random.nextInt(30);
      double[][] a = new double[rows][columns];
      double[] b = new double[rows];
      for (int i = 0; i < rows; i++) {
        b[i] = random.nextDouble(-1, 2);
        for (int j = 0; j < columns; j++) {
          a[i][j] = random.nextDouble();
        }
      }
      double[] x = NonNegativeLeastSquares.solve(a, b);
      double[] r = NonNegativeLeastSquares.residual(a, b, x);
      for (int j = 0; j < columns; j++) {
        double gradient = 0;
        for (int i = 0; i < rows; i++) {
          gradient += a[i][j] * r[i];
        }
        String where = "round " + round + ", column " + j;
        assertTrue(x[j] >= 0, where);
        assertTrue(gradient < 1e-9, where + ": more of it would fit better, by " + gradient);
        assertTrue(x[j] == 0 || gradient > -1e-9, where + ": less of it would fit better");
      }
    }
  }

  /** Nearly dependent columns, as neighbouring rates are, must not give wild or negative values. */
  @Test
  void nearlyDependentColumns() {
    double[][] a = new double[6][300];
    double[] b = new double[6];
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < 300; j++) {
        a[i][j] = -Math.expm1(-(i + 1) * Math.exp(-5 + j * 0.02));
      }
      b[i] = 3 * a[i][40] + 7 * a[i][200];
    }
    double[] x = NonNegativeLeastSquares.solve(a, b);
    for (double residual : NonNegativeLeastSquares.residual(a, b, x)) {
      assertTrue(Math.abs(residual) < 1e-6, "residual " + residual);
    }
    for (double value : x) {
      assertTrue(value >= 0 && value < 100, "value " + value);
    }
  }
}
