package emulha.bench;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.traces.Series;
import emulha.traces.SeriesCursor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;

/**
 * Recorded pages and what they held before: of each series the same number of pages, at even
 * distances over all that are written again. Page {@code i} is at {@code i * 4096} in both arrays,
 * which are shared and not to be changed.
 *
 * @param old earlier contents
 * @param now contents
 */
@SuppressWarnings("ArrayRecordComponent")
record RecordedPages(byte[] old, byte[] now) {
  static RecordedPages of(List<Path> series, int pagesEach) throws IOException {
    var chosen = new ArrayList<byte[][]>();
    for (Path path : series) {
      var pairs = new ArrayList<byte[][]>();
      var last = new HashMap<Long, byte[]>();
      var pages = new DirtyPages();
      try (SeriesCursor cursor = Series.at(path).open()) {
        while (cursor.nextCheckpoint(pages)) {
          for (int i = 0; i < pages.count(); i++) {
            int at = pages.offset(i);
            byte[] page = Arrays.copyOfRange(pages.slab(i), at, at + Page.BYTES);
            byte[] before = last.put(pages.pfn(i), page);
            if (before != null) {
              pairs.add(new byte[][] {before, page});
            }
          }
        }
      }
      int count = Math.min(pagesEach, pairs.size());
      for (int i = 0; i < count; i++) {
        chosen.add(pairs.get((int) ((long) i * pairs.size() / count)));
      }
    }
    byte[] old = new byte[Math.multiplyExact(chosen.size(), Page.BYTES)];
    byte[] now = new byte[old.length];
    for (int i = 0; i < chosen.size(); i++) {
      System.arraycopy(chosen.get(i)[0], 0, old, i * Page.BYTES, Page.BYTES);
      System.arraycopy(chosen.get(i)[1], 0, now, i * Page.BYTES, Page.BYTES);
    }
    return new RecordedPages(old, now);
  }

  int count() {
    return now.length / Page.BYTES;
  }

  /** The pages as a checkpoint, numbered from 0. */
  static DirtyPages checkpoint(byte[] contents) {
    var pages = new DirtyPages();
    for (int i = 0; i < contents.length / Page.BYTES; i++) {
      pages.append(i, contents, i * Page.BYTES);
    }
    return pages;
  }
}
