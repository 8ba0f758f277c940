package emulha.analysis.measures;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;

/** Statistics over trials and checkpoints. Pure functions; the same input gives the same output. */
public final class Statistics {
  // Without a copy these would reorder the caller's trials.
  private static final Median MEDIAN = Median.withDefaults().withCopy(true);
  private static final Quantile QUANTILE =
      Quantile.withDefaults().with(Quantile.EstimationMethod.HF7).withCopy(true);

  private Statistics() {}

  /**
   * The median of one value per trial with its distribution-free interval: the k-th smallest and
   * the k-th largest value, with the largest k that covers the median of what the trials are drawn
   * from with a probability of at least 95 % (David and Nagaraja, Order Statistics, 2003, §7.1).
   * Fewer than 6 trials have no such interval; low and high are then their range.
   *
   * @param trials independent of each other
   * @throws IllegalArgumentException if there is no trial
   */
  public static Estimate median(double... trials) {
    requireSome(trials);
    double[] sorted = trials.clone();
    Arrays.sort(sorted);
    int k = rank(sorted.length);
    return new Estimate(
        MEDIAN.evaluate(trials), sorted[k - 1], sorted[sorted.length - k], sorted.length);
  }

  /**
   * The probability with which {@link #median}'s interval of so many trials holds the median of
   * what they are drawn from, whatever its continuous distribution: 0 for one trial, 0.5 for two,
   * 0.969 for six.
   */
  public static double medianCoverage(int trials) {
    return coverage(trials, rank(trials));
  }

  /** The k of the k-th smallest and largest value. */
  private static int rank(int trials) {
    int k = 1;
    while (2 * (k + 1) <= trials && coverage(trials, k + 1) >= Estimate.COVERAGE) {
      k++;
    }
    return k;
  }

  /** 1 - 2 P(B < k), B binomial with so many trials of probability a half. */
  private static double coverage(int trials, int k) {
    double logProbability = -trials * Math.log(2);
    double below = 0;
    for (int i = 0; i < k; i++) {
      below += Math.exp(logProbability);
      logProbability += Math.log((double) (trials - i) / (i + 1));
    }
    return Math.max(0, 1 - 2 * below);
  }

  /**
   * The ratio a/b of two methods whose trials alternated: the median over the pairs' ratios, so
   * that drift common to both cancels out, with its interval.
   *
   * @throws IllegalArgumentException if there is no pair or the numbers of trials differ
   */
  public static Estimate pairedRatio(double[] a, double[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "a paired ratio needs pairs of trials, found %d and %d".formatted(a.length, b.length));
    }
    double[] ratios = new double[a.length];
    Arrays.setAll(ratios, i -> a[i] / b[i]);
    return median(ratios);
  }

  /**
   * The ratio a/b of the medians of two samples that have nothing to do with each other: from the
   * low end of one interval over the high end of the other to the opposite. It covers more often
   * than each of the two intervals does.
   *
   * @throws IllegalArgumentException if there is no trial of one
   */
  public static Estimate ratio(double[] a, double[] b) {
    return median(a).over(median(b));
  }

  /**
   * A quantile of values, interpolated linearly between order statistics (definition 7 of Hyndman
   * and Fan).
   *
   * @param p from 0 to 1
   */
  public static double quantile(double p, double... values) {
    requireSome(values);
    return QUANTILE.evaluate(values, p);
  }

  /** Spread of trials: (largest − smallest) / median; 0 for one trial. */
  public static double spread(double... trials) {
    requireSome(trials);
    double low = Arrays.stream(trials).min().orElseThrow();
    double high = Arrays.stream(trials).max().orElseThrow();
    return high == low ? 0 : (high - low) / Math.abs(MEDIAN.evaluate(trials));
  }

  /**
   * Indices of outliers: more than 3.5 scaled median absolute deviations from the median (Iglewicz
   * and Hoaglin, 1993). None among fewer than four trials.
   */
  public static int[] outliers(double... trials) {
    if (trials.length < 4) {
      return new int[0];
    }
    double median = MEDIAN.evaluate(trials);
    double[] deviations = Arrays.stream(trials).map(t -> Math.abs(t - median)).toArray();
    double scale = MEDIAN.evaluate(deviations) / 0.6745;
    return IntStream.range(0, trials.length)
        .filter(i -> Math.abs(trials[i] - median) > 3.5 * scale)
        .toArray();
  }

  private static void requireSome(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values");
    }
  }
}
