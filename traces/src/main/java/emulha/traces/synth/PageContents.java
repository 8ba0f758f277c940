package emulha.traces.synth;

import emulha.memory.Page;
import java.util.Arrays;
import java.util.Map;

/**
 * Makes the contents of pages as a profile asks. A page is one of two kinds for good: one whose
 * earlier content is changed in place, or one that each write fills anew with a content drawn by
 * the given shares. So the shares are the same at every interval. Immutable.
 */
final class PageContents {
  /** Contents that duplicates are taken from, in pages. */
  private static final int POOL_PAGES = 8;

  private static final int BLOCK = 32;
  private static final int PATTERNS = 8;
  private static final int STAMPED = 256;

  private final long key;
  private final Profile profile;
  private final double sparse;
  private final ChangedBytesShape.Sampler changes;
  private final ContentClass[] kinds;
  private final double[] upTo;
  private final double silentAnew;
  private final double randomOfUnique;
  private final byte[] patterns = new byte[PATTERNS * BLOCK];
  private final byte[] pool = new byte[POOL_PAGES * Page.BYTES];

  /**
   * @param key the same key gives the same contents
   * @param shares of each kind of content, together 1
   * @throws IllegalArgumentException if the profile's share of silent writes is below what pages
   *     filled alike twice make of themselves
   */
  PageContents(long key, Profile profile, Map<ContentClass, Double> shares) {
    this.key = key;
    this.profile = profile;
    changes = new ChangedBytesShape.Sampler(profile.written().changedBytes());
    sparse = shares.getOrDefault(ContentClass.SPARSE, 0.0);
    double anew = 1 - sparse;
    kinds =
        Arrays.stream(ContentClass.values())
            .filter(kind -> kind != ContentClass.SPARSE)
            .toArray(ContentClass[]::new);
    upTo = new double[kinds.length];
    double sum = 0;
    for (int i = 0; i < kinds.length; i++) {
      sum += ofAnew(shares, kinds[i], anew);
      upTo[i] = sum;
    }
    double zero = ofAnew(shares, ContentClass.ZERO, anew);
    double filled = ofAnew(shares, ContentClass.FILLED, anew);
    double repeated = ofAnew(shares, ContentClass.DUPLICATE_4096, anew);
    silentAnew = silentAnew(zero * zero + filled * filled + repeated * repeated / POOL_PAGES);
    double random = profile.share(ContentClass.RANDOM);
    double unique = random + profile.share(ContentClass.COMPRESSIBLE);
    randomOfUnique = unique == 0 ? 0 : random / unique;
    new Draws(Draws.key(0, profile.workload())).fill(patterns, 0, patterns.length);
    // Patterns are text-like: few distinct bytes.
    for (int i = 0; i < patterns.length; i++) {
      patterns[i] = (byte) ('a' + (patterns[i] & 15));
    }
    for (int p = 0; p < POOL_PAGES; p++) {
      unique(draws("pool", p), pool, p * Page.BYTES);
    }
  }

  private static double ofAnew(Map<ContentClass, Double> shares, ContentClass kind, double anew) {
    return anew <= 0 ? 0 : shares.getOrDefault(kind, 0.0) / anew;
  }

  /**
   * The share of writes to leave out so that the profile's silent share results.
   *
   * @param alike share of writes that happen to repeat what the page holds
   */
  private double silentAnew(double alike) {
    double silent = profile.written().silent().share();
    if (silent < alike - 1e-9) {
      throw new IllegalArgumentException(
          "silent share %s cannot be met: pages filled alike twice in a row make %s"
              .formatted(silent, alike));
    }
    return alike >= 1 ? 0 : Math.max(0, (silent - alike) / (1 - alike));
  }

  /** Fills a page that is never written with what it holds from the start. */
  void untouched(long page, byte[] content, int offset) {
    unique(draws("untouched", page), content, offset);
  }

  /** Fills a written page with what it holds before its first write. */
  void base(long page, byte[] content, int offset) {
    var draws = draws("page", page);
    if (draws.fraction() < sparse) {
      unique(draws, content, offset);
    } else {
      anew(draws, content, offset);
    }
  }

  /**
   * Writes to a page once.
   *
   * @param write number that tells this write from others to the page
   * @param content what the page holds, and then its new content
   */
  void write(long page, long write, byte[] content, int offset) {
    var ofPage = draws("page", page);
    boolean inPlace = ofPage.fraction() < sparse;
    var draws = new Draws(Draws.key(Draws.key(Draws.key(key, "write"), page), write));
    if (draws.fraction() < (inPlace ? profile.written().silent().share() : silentAnew)) {
      return;
    }
    if (inPlace) {
      changes.change(draws, ofPage.below(Page.BYTES / Long.BYTES), content, offset);
    } else {
      anew(draws, content, offset);
    }
  }

  private Draws draws(String what, long number) {
    return new Draws(Draws.key(Draws.key(key, what), number));
  }

  private void anew(Draws draws, byte[] page, int offset) {
    switch (kinds[draws.choose(upTo)]) {
      case ZERO -> Arrays.fill(page, offset, offset + Page.BYTES, (byte) 0);
      case FILLED ->
          Arrays.fill(page, offset, offset + Page.BYTES, (byte) profile.written().fillByte());
      case DUPLICATE_4096 -> fromPool(Page.BYTES, draws, page, offset);
      case DUPLICATE_1024 -> fromPool(1024, draws, page, offset);
      case DUPLICATE_256 -> fromPool(256, draws, page, offset);
      case COMPRESSIBLE -> compressible(draws, page, offset);
      case RANDOM -> draws.fill(page, offset, Page.BYTES);
      case SPARSE -> throw new IllegalStateException("not a content of its own");
    }
  }

  private void unique(Draws draws, byte[] page, int offset) {
    if (draws.fraction() < randomOfUnique) {
      draws.fill(page, offset, Page.BYTES);
    } else {
      compressible(draws, page, offset);
    }
  }

  /** Random blocks among patterns; eight random bytes in each 256 keep chunks from being alike. */
  private void compressible(Draws draws, byte[] page, int offset) {
    for (int at = 0; at < Page.BYTES; at += BLOCK) {
      if (draws.fraction() < profile.written().randomBytes().share()) {
        draws.fill(page, offset + at, BLOCK);
      } else {
        System.arraycopy(patterns, draws.below(PATTERNS) * BLOCK, page, offset + at, BLOCK);
      }
      if (at % STAMPED == 0) {
        draws.fill(page, offset + at, Long.BYTES);
      }
    }
  }

  private void fromPool(int chunk, Draws draws, byte[] page, int offset) {
    for (int at = 0; at < Page.BYTES; at += chunk) {
      int from = draws.below(pool.length / chunk) * chunk;
      System.arraycopy(pool, from, page, offset + at, chunk);
    }
  }
}
