package emulha.emulhacp;

/**
 * Memory of no use but to take the place of all else in the processor's caches. Not thread-safe.
 */
final class OtherMemory {
  /** More than what the caches of a core hold, the share of the last one included. */
  private static final int BYTES = 64 << 20;

  private static final int LINE_LONGS = 64 / Long.BYTES;

  private final long[] memory = new long[BYTES / Long.BYTES];

  /** Reads and writes every cache line of it. */
  void touch() {
    for (int i = 0; i < memory.length; i += LINE_LONGS) {
      memory[i]++;
    }
  }

  /** How often it was touched. */
  long touched() {
    return memory[0];
  }
}
