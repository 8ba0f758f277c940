package emulha.analysis;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;

/** Statistics over trials and checkpoints. Pure functions; the same input gives the same output. */
public final class Statistics {
  private static final long SEED = 20130618;
  private static final int RESAMPLES = 10_000;

  // Without a copy these would reorder the caller's trials.
  private static final Median MEDIAN = Median.withDefaults().withCopy(true);
  private static final Quantile QUANTILE =
      Quantile.withDefaults().with(Quantile.EstimationMethod.HF7).withCopy(true);

  private Statistics() {}

  /**
   * The median of one value per trial with its 95 % interval: percentile bootstrap, 10 000
   * resamples, literal seed. One trial has no interval.
   *
   * @throws IllegalArgumentException if there is no trial
   */
  public static Estimate median(double... trials) {
    requireSome(trials);
    double value = MEDIAN.evaluate(trials);
    if (trials.length == 1) {
      return Estimate.exact(value);
    }
    var random = new SplittableRandom(SEED);
    double[] medians = new double[RESAMPLES];
    double[] sample = new double[trials.length];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int i = 0; i < sample.length; i++) {
        sample[i] = trials[random.nextInt(trials.length)];
      }
      medians[r] = MEDIAN.evaluate(sample);
    }
    return interval(value, medians);
  }

  /**
   * The ratio a/b of two methods whose trials ran interleaved: the median over the pairs' ratios,
   * pairs resampled together so that drift common to both cancels out.
   *
   * @throws IllegalArgumentException if there is no pair or the numbers of trials differ
   */
  public static Estimate interleavedRatio(double[] a, double[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "an interleaved ratio needs pairs of trials, found %d and %d"
              .formatted(a.length, b.length));
    }
    double[] ratios = new double[a.length];
    Arrays.setAll(ratios, i -> a[i] / b[i]);
    return median(ratios);
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

  private static Estimate interval(double value, double[] resampled) {
    Arrays.sort(resampled);
    double low = quantile(0.025, resampled);
    double high = quantile(0.975, resampled);
    return new Estimate(value, Math.min(low, value), Math.max(high, value));
  }

  private static void requireSome(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values");
    }
  }
}
