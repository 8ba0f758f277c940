package emulha.traces.synth;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Which of a number of pages of one spectrum are written in each interval. The gap to the next
 * written page is drawn directly (geometric), so an interval takes time in proportion to the pages
 * written. The same key gives the same writes. Immutable.
 */
final class PageWrites {
  private final long key;
  private final double[] expectedWrites;
  private final int[] pages;

  /**
   * @param pages number of pages of each of the spectrum's components; pages are numbered from 0 in
   *     the components' order
   */
  PageWrites(long key, Spectrum spectrum, int[] pages, long intervalMs) {
    this.key = key;
    this.pages = pages.clone();
    expectedWrites =
        spectrum.components().stream().mapToDouble(c -> c.perMs() * intervalMs).toArray();
  }

  int pages() {
    return Arrays.stream(pages).sum();
  }

  /** Tells which pages are written in the interval before a checkpoint, in ascending order. */
  void in(long checkpoint, IntConsumer written) {
    long ofCheckpoint = Draws.key(key, checkpoint);
    int first = 0;
    for (int k = 0; k < pages.length; k++) {
      var draws = new Draws(Draws.key(ofCheckpoint, k));
      double page = gap(draws, expectedWrites[k]);
      while (page < pages[k]) {
        written.accept(first + (int) page);
        page += 1 + gap(draws, expectedWrites[k]);
      }
      first += pages[k];
    }
  }

  /** Pages not written before the next one that is; each is left out with probability e^-rate. */
  private static double gap(Draws draws, double expectedWrites) {
    return Math.floor(StrictMath.log(1 - draws.fraction()) / -expectedWrites);
  }
}
