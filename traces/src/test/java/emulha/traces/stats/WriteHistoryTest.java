package emulha.traces.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.memory.DirtyPages;
import emulha.metrics.CheckpointSizeRow;
import emulha.metrics.SeriesKey;
import emulha.metrics.WorkingSetRow;
import emulha.metrics.WriteRateRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WriteHistoryTest {
  private static final SeriesKey KEY = new SeriesKey("t", "vm", "w", "recording", 25_000_000);
  private static final int PAGES = 40;

  private static List<Set<Integer>> checkpoints(int count, long seed) {
    var random = new SplittableRandom(seed);
    List<Set<Integer>> list = new ArrayList<>();
    for (int c = 0; c < count; c++) {
      Set<Integer> dirty = new HashSet<>();
      for (int p = 0; p < PAGES; p++) {
        if (p != 7 && random.nextInt(PAGES) > p) {
          dirty.add(p);
        }
      }
      list.add(dirty);
    }
    return list;
  }

  private static WriteHistory history(List<Set<Integer>> checkpoints, int... multiples) {
    var history = new WriteHistory(KEY, PAGES, multiples);
    for (Set<Integer> dirty : checkpoints) {
      var pages = new DirtyPages();
      dirty.stream().sorted().forEach(pages::append);
      history.checkpoint(pages);
    }
    return history;
  }

  private static int union(List<Set<Integer>> checkpoints, int from, int to) {
    Set<Integer> all = new HashSet<>();
    checkpoints.subList(from, to).forEach(all::addAll);
    return all.size();
  }

  /** Table 2 would be off if the last, shorter interval were averaged in with the full ones. */
  @Test
  void sizesAreAverageUnionsOfFullIntervals() {
    List<Set<Integer>> checkpoints = checkpoints(103, 5);
    List<CheckpointSizeRow> rows = history(checkpoints, 1, 2, 4, 40, 200).sizes();
    assertEquals(4, rows.size(), "200 checkpoints do not fit into 103");
    for (CheckpointSizeRow row : rows) {
      int every = (int) (row.series().intervalNs() / 25_000_000);
      long sum = 0;
      for (int from = 0; from + every <= 103; from += every) {
        sum += union(checkpoints, from, from + every);
      }
      assertEquals(103 / every, row.checkpoints());
      assertEquals(sum, row.dirtyPages());
      assertEquals(Math.round(sum * 4096.0 / row.checkpoints()), row.meanBytes());
    }
  }

  /** The gap arithmetic must give what looking at every window gives. */
  @Test
  void workingSetEqualsEveryWindow() {
    int count = 90;
    List<Set<Integer>> checkpoints = checkpoints(count, 6);
    List<WorkingSetRow> rows = history(checkpoints, 1).workingSets();
    assertEquals(count, rows.size());
    for (WorkingSetRow row : rows) {
      int window = (int) row.windowCheckpoints();
      long sum = 0;
      for (int from = 0; from + window <= count; from++) {
        sum += union(checkpoints, from, from + window);
      }
      assertEquals(count - window + 1, row.windows());
      assertEquals(sum, row.dirtyPages(), "window of " + window);
      assertEquals(union(checkpoints, 0, window), row.firstPages());
    }
  }

  /** Pages that are never written have no rate; they must not appear as one of 0. */
  @Test
  void ratesCountPages() {
    List<Set<Integer>> checkpoints = checkpoints(50, 7);
    List<WriteRateRow> rows = history(checkpoints, 1).rates();
    for (WriteRateRow row : rows) {
      long pages = 0;
      for (int p = 0; p < PAGES; p++) {
        int page = p;
        pages +=
            checkpoints.stream().filter(c -> c.contains(page)).count() == row.dirtyCheckpoints()
                ? 1
                : 0;
      }
      assertEquals(pages, row.pages());
      assertEquals(50, row.checkpoints());
    }
    assertEquals(union(checkpoints, 0, 50), rows.stream().mapToLong(WriteRateRow::pages).sum());
  }

  /** A series without checkpoints has a base only; that is not an error. */
  @Test
  void emptySeries() {
    WriteHistory history = history(List.of(), 1);
    assertEquals(List.of(), history.sizes());
    assertEquals(List.of(), history.rates());
    assertEquals(List.of(), history.workingSets());
  }
}
