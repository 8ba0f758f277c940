package emulha.memory;

import java.util.BitSet;

/**
 * Which page frames the guest's allocator held free.
 *
 * @param bits bit {@code pfn & 7} of byte {@code pfn >> 3} is 1 for a free page; frames beyond are
 *     in use. Owned by the map, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent")
public record FreeMap(byte[] bits) {
  public boolean isFree(long pfn) {
    long index = pfn >>> 3;
    return index < bits.length && (bits[(int) index] >>> (pfn & 7) & 1) != 0;
  }

  /** Number of free frames. */
  public long count() {
    return BitSet.valueOf(bits).cardinality();
  }
}
