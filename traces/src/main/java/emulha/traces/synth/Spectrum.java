package emulha.traces.synth;

import emulha.memory.Page;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * How many pages are written at which rate. Each page is written at random times of its rate,
 * independently (a Poisson process), so that the mean number of distinct pages written in a time t
 * is the sum of n (1 - e^(-λ t)) over the components.
 *
 * @param components ascending by rate
 */
public record Spectrum(List<Component> components) {
  /** Steps in the grid of rates from which a fit chooses. */
  private static final int GRID = 200;

  /** At this many expected writes an interval, a page is as good as certainly dirty. */
  private static final double CERTAIN = 25;

  /** Slowest rate considered, in writes per longest interval. */
  private static final double SLOWEST = 0.1;

  /** Pages of one write rate: writes of each per millisecond. */
  public record Component(double perMs, int pages) {}

  public Spectrum {
    components = List.copyOf(components);
  }

  /**
   * The spectrum whose average checkpoint sizes are closest to the given ones, in relative terms.
   *
   * @param bytesByIntervalMs average checkpoint size in bytes for each interval
   * @throws IllegalArgumentException if it takes more pages than can be numbered
   */
  static Spectrum fit(SortedMap<Long, Long> bytesByIntervalMs) {
    double slowest = SLOWEST / bytesByIntervalMs.lastKey();
    double fastest = CERTAIN / bytesByIntervalMs.firstKey();
    double step = StrictMath.log(fastest / slowest) / (GRID - 1);
    double[] perMs = new double[GRID];
    for (int k = 0; k < GRID; k++) {
      perMs[k] = slowest * StrictMath.exp(step * k);
    }
    double[][] a = new double[bytesByIntervalMs.size()][GRID];
    double[] ones = new double[a.length];
    int row = 0;
    for (Map.Entry<Long, Long> target : bytesByIntervalMs.entrySet()) {
      double pages = (double) target.getValue() / Page.BYTES;
      for (int k = 0; k < GRID; k++) {
        a[row][k] = dirty(perMs[k], target.getKey()) / pages;
      }
      ones[row++] = 1;
    }
    double[] pages = NonNegativeLeastSquares.solve(a, ones);
    if (Arrays.stream(pages).sum() > Integer.MAX_VALUE - GRID) {
      throw new IllegalArgumentException(
          "checkpoints of so many bytes have more pages than RAM can; take a smaller scale");
    }
    List<Component> components = new ArrayList<>();
    for (int k = 0; k < GRID; k++) {
      int whole = Math.toIntExact(Math.round(pages[k]));
      if (whole > 0) {
        components.add(new Component(perMs[k], whole));
      }
    }
    return new Spectrum(components);
  }

  /** Probability that a page of this rate is written within a time. */
  static double dirty(double perMs, long ms) {
    return -StrictMath.expm1(-perMs * ms);
  }

  /** Mean number of distinct pages written within a time. */
  double meanDirtyPages(long ms) {
    double sum = 0;
    for (Component component : components) {
      sum += component.pages() * dirty(component.perMs(), ms);
    }
    return sum;
  }
}
