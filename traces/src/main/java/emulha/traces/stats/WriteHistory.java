package emulha.traces.stats;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.metrics.CheckpointSizeRow;
import emulha.metrics.SeriesKey;
import emulha.metrics.WorkingSetRow;
import emulha.metrics.WriteRateRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * When the pages of one VM were dirty: average checkpoint sizes at multiples of the interval, write
 * rates, and the working-set curve, from one reading of the series. Takes 8 bytes a page of RAM.
 *
 * <p>The curve is Denning's: a page is missing from a window of T checkpoints exactly where the
 * window lies in a gap between its writes, so counting gaps by length gives the average over every
 * position of every window. Not thread-safe.
 */
final class WriteHistory {
  private final SeriesKey key;
  private final int[] multiples;
  private final long[] openPages;
  private final long[] fullPages;
  private final int[] last;
  private final int[] dirtyCheckpoints;
  private long[] gaps = new long[64];
  private long[] firsts = new long[64];
  private int checkpoints;

  /**
   * @param ramPages page frames of the VM
   * @param multiples multiples of the series' interval to average checkpoint sizes at, from 1
   */
  WriteHistory(SeriesKey key, long ramPages, int[] multiples) {
    this.key = key;
    this.multiples = multiples.clone();
    openPages = new long[multiples.length];
    fullPages = new long[multiples.length];
    last = new int[Math.toIntExact(ramPages)];
    Arrays.fill(last, -1);
    dirtyCheckpoints = new int[last.length];
  }

  void checkpoint(DirtyPages pages) {
    if (checkpoints == gaps.length) {
      gaps = Arrays.copyOf(gaps, checkpoints * 2);
      firsts = Arrays.copyOf(firsts, checkpoints * 2);
    }
    for (int i = 0; i < pages.count(); i++) {
      int pfn = Math.toIntExact(pages.pfn(i));
      int before = last[pfn];
      if (before < 0) {
        firsts[checkpoints]++;
      }
      gaps[checkpoints - before - 1]++;
      for (int m = 0; m < multiples.length; m++) {
        if (before < 0 || before / multiples[m] < checkpoints / multiples[m]) {
          openPages[m]++;
        }
      }
      last[pfn] = checkpoints;
      dirtyCheckpoints[pfn]++;
    }
    checkpoints++;
    for (int m = 0; m < multiples.length; m++) {
      if (checkpoints % multiples[m] == 0) {
        fullPages[m] += openPages[m];
        openPages[m] = 0;
      }
    }
  }

  /** Rows for the multiples of which the series holds at least one. */
  List<CheckpointSizeRow> sizes() {
    List<CheckpointSizeRow> rows = new ArrayList<>();
    for (int m = 0; m < multiples.length; m++) {
      long full = checkpoints / multiples[m];
      if (full > 0) {
        rows.add(
            new CheckpointSizeRow(
                key.at(key.intervalNs() * multiples[m]),
                full,
                fullPages[m],
                Ppm.nearest(fullPages[m], Page.BYTES, full)));
      }
    }
    return rows;
  }

  /** Rows by ascending number of checkpoints, from 1; numbers without pages have no row. */
  List<WriteRateRow> rates() {
    long[] pages = new long[checkpoints + 1];
    for (int count : dirtyCheckpoints) {
      pages[count]++;
    }
    List<WriteRateRow> rows = new ArrayList<>();
    for (int count = 1; count <= checkpoints; count++) {
      if (pages[count] > 0) {
        rows.add(new WriteRateRow(key, checkpoints, count, pages[count]));
      }
    }
    return rows;
  }

  /** Rows for every length from one checkpoint to the whole series. */
  List<WorkingSetRow> workingSets() {
    long[] gapsOfLength = Arrays.copyOf(gaps, checkpoints + 1);
    long touched = 0;
    for (int page = 0; page < last.length; page++) {
      if (last[page] >= 0) {
        touched++;
        gapsOfLength[checkpoints - 1 - last[page]]++;
      }
    }
    // A gap of L checkpoints holds L - T + 1 windows of T; summed from the longest window down.
    long[] missing = new long[checkpoints + 2];
    long longer = 0;
    for (int window = checkpoints; window >= 1; window--) {
      longer += gapsOfLength[window];
      missing[window] = missing[window + 1] + longer;
    }
    List<WorkingSetRow> rows = new ArrayList<>();
    long first = 0;
    for (int window = 1; window <= checkpoints; window++) {
      first += firsts[window - 1];
      long windows = checkpoints - window + 1L;
      rows.add(new WorkingSetRow(key, window, windows, touched * windows - missing[window], first));
    }
    return rows;
  }
}
