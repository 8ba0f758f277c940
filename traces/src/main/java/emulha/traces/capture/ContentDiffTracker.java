package emulha.traces.capture;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;

/**
 * Compares the whole memory with a copy of it. Works everywhere, takes as much memory again, and
 * misses silent writes.
 */
final class ContentDiffTracker implements WriteTracker {
  private final Shadow shadow;

  ContentDiffTracker(MemorySegment memory) {
    shadow = new Shadow(memory);
  }

  @Override
  public String dirtyBy() {
    return "content diff of all memory: pages written with the same content are missing";
  }

  @Override
  public boolean seesSilentWrites() {
    return false;
  }

  @Override
  public void reset() {
    shadow.update();
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
