package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The pages of a base one by one, ascending. */
final class BasePages {
  private final SeriesCursor cursor;
  private final int together;
  private final DirtyPages stretch = new DirtyPages();
  private @Nullable FreeMap freeMap;
  private int next;
  private boolean stretchesLeft = true;

  /**
   * @param cursor of whose base nothing was read
   */
  BasePages(SeriesCursor cursor, SeriesInfo info) {
    this.cursor = cursor;
    together = info.stretchPages();
  }

  /** Whether there is a page left, which {@link #pfn} and {@link #copy} are of. */
  boolean left() throws IOException {
    if (stretchesLeft && next == stretch.count()) {
      next = 0;
      stretchesLeft = cursor.nextBase(together, stretch);
      if (stretchesLeft) {
        freeMap = stretch.freeMap();
      }
    }
    return stretchesLeft;
  }

  long pfn() {
    return stretch.pfn(next);
  }

  void copy(DirtyPages into) {
    into.append(pfn(), stretch.slab(next), stretch.offset(next));
  }

  void pass() {
    next++;
  }

  /** That of the pages read last. */
  @Nullable FreeMap freeMap() {
    return freeMap;
  }
}
