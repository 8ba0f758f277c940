package emulha.analysis.drawing;

import emulha.analysis.drawing.Figure.Axis;
import java.awt.Color;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Where values of an axis are.
 *
 * @param length from one end of the axis to the other
 */
public record Scale(boolean log, double min, double max, double length) {
  /** With more, smaller marks would run together. */
  private static final int MOST_MINOR_DECADES = 6;

  Scale(Axis axis, Range range, double length) {
    this(axis.log(), range.min(), range.max(), length);
  }

  /** Distance from the smallest value, of a value or the nearest one on the axis. */
  public double along(double value) {
    double inside = Math.clamp(value, min, max);
    return length
        * (log ? Math.log(inside / min) / Math.log(max / min) : (inside - min) / (max - min));
  }

  boolean holds(double value) {
    return value >= min && value <= max;
  }

  /** The same from the largest value: vertical axes grow upwards. */
  public double screen(double value) {
    return length - along(value);
  }

  /**
   * Labels at least so far apart, if there are not two without: powers of ten, or steps of 1, 2 or
   * 5 times one.
   */
  public List<Tick> ticks(double apart) {
    List<Tick> ticks = new ArrayList<>();
    if (log) {
      int low = (int) Math.ceil(Math.log10(min) - 1e-9);
      int high = (int) Math.floor(Math.log10(max) + 1e-9);
      if (high - low < 1) {
        return fewDecades();
      }
      double steps = Math.ceil(apart / length * Math.log10(max / min));
      int step = (int) Math.clamp(steps, 1, Math.max(1, high - low));
      for (int power = low; power <= high; power += step) {
        ticks.add(
            new Tick(Math.pow(10, power), "10", Integer.toString(power).replace('-', '\u2212')));
      }
      return ticks;
    }
    BigDecimal step = step((max - min) * apart / length);
    long first = (long) Math.ceil(min / step.doubleValue() - 1e-9);
    long last = (long) Math.floor(max / step.doubleValue() + 1e-9);
    for (long i = first; i <= last; i++) {
      BigDecimal value = step.multiply(BigDecimal.valueOf(i));
      ticks.add(
          new Tick(
              value.doubleValue(),
              (value.signum() == 0 ? BigDecimal.ZERO : value)
                  .stripTrailingZeros()
                  .toPlainString()
                  .replace('-', '\u2212'),
              ""));
    }
    return ticks;
  }

  /** Where fewer than two powers of ten are: 1, 2 and 5 times one, written out. */
  private List<Tick> fewDecades() {
    List<Tick> ticks = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(min)); Math.pow(10, power) <= max; power++) {
      for (int digit : new int[] {1, 2, 5}) {
        BigDecimal value = BigDecimal.valueOf(digit).scaleByPowerOfTen(power);
        if (value.doubleValue() >= min * (1 - 1e-9) && value.doubleValue() <= max * (1 + 1e-9)) {
          ticks.add(new Tick(value.doubleValue(), value.stripTrailingZeros().toPlainString(), ""));
        }
      }
    }
    return ticks;
  }

  /** Places of smaller marks on a logarithmic axis: 2 to 9 times each power of ten. */
  List<Double> minor() {
    List<Double> places = new ArrayList<>();
    if (log && Math.log10(max / min) <= MOST_MINOR_DECADES) {
      for (int power = (int) Math.floor(Math.log10(min)); Math.pow(10, power) <= max; power++) {
        for (int digit = 2; digit <= 9; digit++) {
          double value = digit * Math.pow(10, power);
          if (value >= min && value <= max) {
            places.add(value);
          }
        }
      }
    }
    return places;
  }

  /** The smallest 1, 2 or 5 times a power of ten that is not smaller. */
  private static BigDecimal step(double least) {
    int power = (int) Math.floor(Math.log10(least));
    for (int digit : new int[] {1, 2, 5}) {
      BigDecimal step = BigDecimal.valueOf(digit).scaleByPowerOfTen(power);
      if (step.doubleValue() >= least * (1 - 1e-9)) {
        return step;
      }
    }
    return BigDecimal.ONE.scaleByPowerOfTen(power + 1);
  }

  /**
   * A labelled place on an axis.
   *
   * @param text the label
   * @param exponent what stands raised behind it; may be empty
   */
  public record Tick(double value, String text, String exponent) {
    private static final int RAISED_FONT = 10;

    double width() {
      return Typeface.width(text, Drawing.TICK_FONT) + Typeface.width(exponent, RAISED_FONT);
    }

    void draw(Ink ink, double x, double baseline) {
      ink.setColor(Color.BLACK);
      ink.text(text, Drawing.TICK_FONT, x, baseline);
      ink.text(exponent, RAISED_FONT, x + Typeface.width(text, Drawing.TICK_FONT), baseline - 6);
    }
  }

  record Range(double min, double max) {
    /** Just beyond the data, where the axis does not say. */
    static Range of(Axis axis, DoubleStream data) {
      var statistics = data.filter(v -> !axis.log() || v > 0).summaryStatistics();
      double min = statistics.getCount() == 0 ? 1 : statistics.getMin();
      double max = statistics.getCount() == 0 ? 10 : statistics.getMax();
      Range fitted = axis.log() ? decades(min, max) : linear(min, max);
      Double lower = axis.min();
      Double upper = axis.max();
      double from =
          lower == null ? fitted.min() : Math.min(lower, axis.log() || axis.exact() ? lower : min);
      double to = upper == null ? fitted.max() : axis.exact() ? upper : Math.max(upper, max);
      // All data may lie beyond an end that was asked for.
      return from < to
          ? new Range(from, to)
          : lower != null
              ? new Range(from, axis.log() ? from * 10 : from + 1)
              : new Range(axis.log() ? to / 10 : to - 1, to);
    }

    private static Range linear(double min, double max) {
      if (min == 0 && max == 0) {
        return new Range(0, 1);
      }
      return new Range(min >= 0 ? 0 : min * 1.05, max <= 0 ? 0 : max * 1.05);
    }

    /** With room for two labels. */
    private static Range decades(double min, double max) {
      double low = min / 1.4;
      double high = max * 1.4;
      double grow = Math.sqrt(Math.max(1, LEAST_FACTOR / (high / low)));
      return new Range(low / grow, high * grow);
    }

    /** From the least to the largest value of a logarithmic axis, so that two labels are on it. */
    private static final double LEAST_FACTOR = 6;
  }
}
