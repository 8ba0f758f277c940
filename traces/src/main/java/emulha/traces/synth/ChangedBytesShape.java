package emulha.traces.synth;

import emulha.memory.Page;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many bytes a write changes in a page and how they lie, in the shape of FITDOC's Table I.
 *
 * <p>The number of bytes is drawn from the table's intervals (0,1], (1,2] ... (2048,4096]; within
 * an interval it is uniform around the point that gives the table's sum of dirty bytes. So many of
 * them fill aligned 8-byte words that the table's share of 8-byte dirty bytes results; the rest lie
 * in runs of four, or more where four would not do, in the words behind. The words begin at a fixed
 * place of each page and wrap around.
 *
 * @param pages pages in each of the 13 intervals
 * @param bytes changed bytes of all of them
 * @param wholeWordBytes changed bytes in aligned 8-byte words of which all eight changed
 * @param source where the numbers come from
 */
public record ChangedBytesShape(List<Long> pages, long bytes, long wholeWordBytes, String source) {
  private static final int BUCKETS = 13;
  private static final int WORDS = Page.BYTES / Long.BYTES;
  private static final int PARTIAL_RUN = 4;

  public ChangedBytesShape {
    pages = List.copyOf(pages);
    if (pages.size() != BUCKETS || pages.stream().anyMatch(n -> n < 0)) {
      throw new IllegalArgumentException(
          "changed_bytes.pages must be 13 counts, for (0,1], (1,2] ... (2048,4096]");
    }
    long least = least(pages);
    long most = most(pages);
    if (most == 0 || bytes < least || bytes > most) {
      throw new IllegalArgumentException(
          "changed_bytes.bytes must be between %s and %s for these pages, got %s"
              .formatted(least, most, bytes));
    }
    if (wholeWordBytes < 0 || wholeWordBytes > bytes) {
      throw new IllegalArgumentException(
          "changed_bytes.whole_word_bytes must be 0.." + bytes + ", got " + wholeWordBytes);
    }
  }

  private static long least(List<Long> pages) {
    return IntStream.range(0, BUCKETS).mapToLong(k -> pages.get(k) * low(k)).sum();
  }

  private static long most(List<Long> pages) {
    return IntStream.range(0, BUCKETS).mapToLong(k -> pages.get(k) * high(k)).sum();
  }

  private static int low(int bucket) {
    return bucket == 0 ? 1 : (1 << (bucket - 1)) + 1;
  }

  private static int high(int bucket) {
    return 1 << bucket;
  }

  /** Draws changes of a shape: what that needs, worked out once. Immutable. */
  static final class Sampler {
    private final double[] upTo = new double[BUCKETS];
    private final double place;
    private final double spread;
    private final double wholeShare;

    Sampler(ChangedBytesShape shape) {
      double total = shape.pages.stream().mapToLong(Long::longValue).sum();
      double sum = 0;
      for (int k = 0; k < BUCKETS; k++) {
        sum += shape.pages.get(k);
        upTo[k] = sum / total;
      }
      long least = least(shape.pages);
      long range = most(shape.pages) - least;
      place = range == 0 ? 0 : (double) (shape.bytes - least) / range;
      spread = Math.min(place, 1 - place) / 2;
      wholeShare = wholeShareFor((double) shape.wholeWordBytes / shape.bytes, shape);
    }

    /** The share of each write's bytes to put into whole words so that {@code target} results. */
    private double wholeShareFor(double target, ChangedBytesShape shape) {
      double from = 0;
      double to = 1;
      for (int i = 0; i < 50; i++) {
        double middle = (from + to) / 2;
        if (expectedShare(middle, shape) < target) {
          from = middle;
        } else {
          to = middle;
        }
      }
      return (from + to) / 2;
    }

    private double expectedShare(double whole, ChangedBytesShape shape) {
      int points = 64;
      double wholeBytes = 0;
      double bytes = 0;
      for (int k = 0; k < BUCKETS; k++) {
        for (int i = 0; i < points; i++) {
          int changed = changedIn(k, (i + 0.5) / points);
          double words =
              Math.clamp(whole * changed / Long.BYTES, leastWhole(changed), mostWhole(changed));
          wholeBytes += shape.pages.get(k) * words * Long.BYTES;
          bytes += (double) shape.pages.get(k) * changed;
        }
      }
      return wholeBytes / bytes;
    }

    private int changedIn(int bucket, double fraction) {
      double at = place + spread * (2 * fraction - 1);
      return (int) Math.round(low(bucket) + (high(bucket) - low(bucket)) * at);
    }

    /** Whole words that cannot be avoided: the other words take seven bytes each. */
    private static double leastWhole(int changed) {
      return Math.max(0, changed - 7 * WORDS);
    }

    private static double mostWhole(int changed) {
      return Math.floorDiv(changed, Long.BYTES);
    }

    /** Number of bytes to change, 1..4096. */
    int bytes(Draws draws) {
      return changedIn(draws.choose(upTo), draws.fraction());
    }

    /**
     * Changes as many bytes of a page as are drawn, each to another value.
     *
     * @param firstWord where in the page the changes begin, 0..511
     */
    void change(Draws draws, int firstWord, byte[] page, int offset) {
      int changed = bytes(draws);
      double words = Math.floor(wholeShare * changed / Long.BYTES + draws.fraction());
      int whole = (int) Math.clamp(words, leastWhole(changed), mostWhole(changed));
      for (int w = 0; w < whole; w++) {
        alter(draws, page, offset, firstWord + w, Long.BYTES);
      }
      int rest = changed - whole * Long.BYTES;
      int free = WORDS - whole;
      int run = free == 0 ? 0 : Math.max(PARTIAL_RUN, (rest + free - 1) / free);
      for (int w = whole; rest > 0; w++) {
        int now = Math.min(rest, run);
        alter(draws, page, offset, firstWord + w, now);
        rest -= now;
      }
    }

    private static void alter(Draws draws, byte[] page, int offset, int word, int bytes) {
      int at = offset + (word % WORDS) * Long.BYTES;
      for (int b = 0; b < bytes; b++) {
        page[at + b] ^= (byte) (1 + draws.below(255));
      }
    }
  }
}
