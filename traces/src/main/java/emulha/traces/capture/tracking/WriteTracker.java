package emulha.traces.capture.tracking;

import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * Knows which pages of a memory were written. Every call is made while nothing writes to the
 * memory. To add one: implement this, pass {@code WriteTrackerTest}, and offer it in {@link
 * Tracking}. Not thread-safe.
 */
public interface WriteTracker extends AutoCloseable {
  /** How dirty pages are known, for {@code dirty_by} in the series. */
  String dirtyBy();

  /**
   * Whether pages that were written with the content they already had are reported, too. A tracker
   * that compares contents cannot.
   */
  default boolean seesSilentWrites() {
    return false;
  }

  /** Forgets all writes up to now. */
  default void reset() throws IOException {
    collect(pfn -> {});
  }

  /** Reports the pages written since the last call of this or {@link #reset}, ascending. */
  void collect(LongConsumer pfns) throws IOException;

  @Override
  void close();
}
