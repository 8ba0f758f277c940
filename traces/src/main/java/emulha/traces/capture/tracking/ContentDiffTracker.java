package emulha.traces.capture.tracking;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares the whole memory with a copy of it. Works everywhere, takes as much memory again, and
 * misses silent writes.
 */
public final class ContentDiffTracker implements WriteTracker {
  private final Shadow shadow;
  private final @Nullable String reason;

  /**
   * @param reason why writes could not be tracked, if that was tried
   */
  public ContentDiffTracker(MemorySegment memory, @Nullable String reason) {
    shadow = new Shadow(memory);
    this.reason = reason;
  }

  @Override
  public String dirtyBy() {
    return "content diff of all memory: pages written with the same content are missing"
        + (reason == null ? "" : "; writes could not be tracked: " + reason);
  }

  @Override
  public void collect(LongConsumer pfns) {
    shadow.changed(pfns);
  }

  @Override
  public void close() {
    shadow.close();
  }
}
