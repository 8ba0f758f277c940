package emulha.traces.synth;

import java.util.stream.IntStream;

/**
 * Minimises |A x - b| over x ≥ 0 with the active-set method of Lawson and Hanson (Solving Least
 * Squares Problems, 1974, chapter 23). For few rows; columns may be nearly dependent, so the
 * subproblems are solved by Householder reflections, not by normal equations.
 */
final class NonNegativeLeastSquares {
  private static final double TOLERANCE = 1e-12;

  private NonNegativeLeastSquares() {}

  /**
   * @param a matrix by rows, all of one length
   * @param b right-hand side, one value a row
   * @return x, one value a column, none negative; at most as many above 0 as there are rows
   * @throws IllegalStateException if it does not converge
   */
  static double[] solve(double[][] a, double[] b) {
    int columns = a[0].length;
    double[] x = new double[columns];
    boolean[] passive = new boolean[columns];
    for (int iteration = 0; iteration < 10 * columns; iteration++) {
      int entering = steepest(a, residual(a, b, x), passive);
      if (entering < 0) {
        return x;
      }
      passive[entering] = true;
      double[] s = solvePassive(a, b, passive);
      if (s[entering] <= 0) {
        // Dependent on the passive columns up to rounding: it cannot improve the fit.
        return x;
      }
      while (!feasible(s, passive)) {
        double step = 1;
        for (int j = 0; j < columns; j++) {
          if (passive[j] && s[j] <= 0) {
            step = Math.min(step, x[j] / (x[j] - s[j]));
          }
        }
        for (int j = 0; j < columns; j++) {
          if (passive[j]) {
            x[j] += step * (s[j] - x[j]);
            if (x[j] <= TOLERANCE * Math.abs(s[j]) || (s[j] <= 0 && x[j] <= TOLERANCE)) {
              x[j] = 0;
              passive[j] = false;
            }
          }
        }
        s = solvePassive(a, b, passive);
      }
      x = s;
    }
    throw new IllegalStateException("no solution after " + 10 * columns + " iterations");
  }

  static double[] residual(double[][] a, double[] b, double[] x) {
    double[] r = b.clone();
    for (int i = 0; i < r.length; i++) {
      for (int j = 0; j < x.length; j++) {
        r[i] -= a[i][j] * x[j];
      }
    }
    return r;
  }

  /** The column outside the passive set with the largest positive gradient, or -1. */
  private static int steepest(double[][] a, double[] residual, boolean[] passive) {
    int best = -1;
    double bestGradient = 0;
    for (int j = 0; j < passive.length; j++) {
      double gradient = 0;
      double scale = 0;
      for (int i = 0; i < residual.length; i++) {
        gradient += a[i][j] * residual[i];
        scale += Math.abs(a[i][j]);
      }
      if (!passive[j] && gradient > TOLERANCE * scale && gradient > bestGradient) {
        best = j;
        bestGradient = gradient;
      }
    }
    return best;
  }

  private static boolean feasible(double[] s, boolean[] passive) {
    return IntStream.range(0, s.length).allMatch(j -> !passive[j] || s[j] > 0);
  }

  /** The unconstrained solution over the passive columns; 0 elsewhere. */
  private static double[] solvePassive(double[][] a, double[] b, boolean[] passive) {
    int rows = b.length;
    int[] column = IntStream.range(0, passive.length).filter(j -> passive[j]).toArray();
    int count = column.length;
    double[][] r = new double[rows][count + 1];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < count; j++) {
        r[i][j] = a[i][column[j]];
      }
      r[i][count] = b[i];
    }
    double[] s = new double[passive.length];
    if (count > rows) {
      return s;
    }
    for (int k = 0; k < count; k++) {
      reflect(r, k);
    }
    for (int k = count - 1; k >= 0; k--) {
      double value = r[k][count];
      for (int j = k + 1; j < count; j++) {
        value -= r[k][j] * s[column[j]];
      }
      s[column[k]] = r[k][k] == 0 ? 0 : value / r[k][k];
    }
    return s;
  }

  /** Makes column k zero below its diagonal by a Householder reflection of rows k and below. */
  private static void reflect(double[][] r, int k) {
    double norm = 0;
    for (int i = k; i < r.length; i++) {
      norm += r[i][k] * r[i][k];
    }
    norm = Math.sqrt(norm);
    if (norm == 0) {
      return;
    }
    double[] v = new double[r.length];
    double squared = 0;
    for (int i = k; i < r.length; i++) {
      v[i] = r[i][k] + (i == k ? Math.copySign(norm, r[k][k]) : 0);
      squared += v[i] * v[i];
    }
    for (int j = k; j < r[0].length; j++) {
      double dot = 0;
      for (int i = k; i < r.length; i++) {
        dot += v[i] * r[i][j];
      }
      for (int i = k; i < r.length; i++) {
        r[i][j] -= 2 * dot / squared * v[i];
      }
    }
  }
}
