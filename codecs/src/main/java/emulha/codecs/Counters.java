package emulha.codecs;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;

/** Values of the {@link Counter}s that a method has. Not thread-safe. */
public final class Counters {
  private final Set<Counter> present = EnumSet.noneOf(Counter.class);
  private final long[] values = new long[Counter.values().length];

  /** Counters at zero, of which those in {@code present} count. */
  public Counters(Collection<Counter> present) {
    this.present.addAll(present);
  }

  public void add(Counter counter, long amount) {
    values[counter.ordinal()] += amount;
  }

  public void add(Counters other) {
    for (int i = 0; i < values.length; i++) {
      values[i] += other.values[i];
    }
  }

  /** The counter's value; empty if the method does not count it. */
  public OptionalLong get(Counter counter) {
    return present.contains(counter)
        ? OptionalLong.of(values[counter.ordinal()])
        : OptionalLong.empty();
  }

  public Counters copy() {
    Counters copy = new Counters(present);
    copy.add(this);
    return copy;
  }

  /** Sets all to zero. */
  void clear() {
    Arrays.fill(values, 0);
  }

  /** What was counted since {@code earlier}, a {@link #copy} taken before. */
  public Counters since(Counters earlier) {
    Counters difference = copy();
    for (int i = 0; i < values.length; i++) {
      difference.values[i] -= earlier.values[i];
    }
    return difference;
  }

  /** The sum of these values and another's of the same method. */
  public Counters plus(Counters other) {
    Counters sum = copy();
    sum.add(other);
    return sum;
  }
}
