package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.metrics.MissRatioRow;
import emulha.metrics.SeriesKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StackDistancesTest {
  private static final SeriesKey KEY = new SeriesKey("t", "vm", "w", "recording", 25_000_000);

  /** A cache of one size, replayed: the definition that the one pass must equal. */
  private static final class Replay extends LinkedHashMap<Integer, Boolean> {
    private static final long serialVersionUID = 1;
    private final int size;
    private long hits;
    private long evictions;

    Replay(int size) {
      super(16, 0.75f, true);
      this.size = size;
    }

    void access(int page) {
      if (get(page) != null) {
        hits++;
      } else {
        put(page, true);
      }
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
      boolean evict = size() > size;
      evictions += evict ? 1 : 0;
      return evict;
    }
  }

  /** A curve off by one page anywhere would give a wrong size for the delta cache. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void equalsReplayingEverySize(long seed) {
    var random = new SplittableRandom(seed);
    int pages = 70;
    int[] accesses = new int[14_000];
    for (int i = 0; i < accesses.length; i++) {
      // Some pages far more often than others, and sweeps, which LRU likes least.
      accesses[i] =
          (i / 500) % 3 == 2 ? i % pages : random.nextInt(1 + random.nextInt(1 + (int) seed * 17));
    }
    var distances = new StackDistances(pages);
    Arrays.stream(accesses).forEach(distances::access);
    List<MissRatioRow> rows = distances.rows(KEY);
    assertEquals(Arrays.stream(accesses).distinct().count(), rows.size());
    for (MissRatioRow row : rows) {
      var replay = new Replay((int) row.cachePages());
      Arrays.stream(accesses).forEach(replay::access);
      String where = "seed " + seed + ", " + row.cachePages() + " pages";
      assertEquals(replay.hits, row.hits(), where);
      assertEquals(accesses.length - replay.hits, row.misses(), where);
      assertEquals(replay.evictions, row.evictions(), where);
    }
  }

  /** Many more distinct pages than the tree holds at first: renumbering must not lose any. */
  @Test
  void growsWithDistinctPages() {
    int pages = 20_000;
    var distances = new StackDistances(pages);
    for (int round = 0; round < 3; round++) {
      for (int page = 0; page < pages; page++) {
        distances.access(page);
      }
    }
    List<MissRatioRow> rows = distances.rows(KEY);
    assertEquals(pages, rows.size());
    assertEquals(0, rows.get(pages - 2).hits(), "a sweep misses in every smaller cache");
    assertEquals(2L * pages, rows.get(pages - 1).hits());
    assertEquals(0, rows.get(pages - 1).evictions());
  }

  /** Without accesses there is no curve, not a curve of zeros. */
  @Test
  void nothingAccessed() {
    assertEquals(new ArrayList<>(), new StackDistances(8).rows(KEY));
  }
}
