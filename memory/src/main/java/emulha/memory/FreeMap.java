package emulha.memory;

import java.util.BitSet;

/**
 * Which page frames the guest's allocator held free. Bit {@code pfn & 7} of byte {@code pfn >> 3}
 * is 1 for a free page; frames beyond the bitmap are in use. The array is owned by the map.
 */
public final class FreeMap {
  private final byte[] bits;

  public FreeMap(byte[] bits) {
    this.bits = bits;
  }

  /** The array behind the map, not to be changed. */
  public byte[] bits() {
    return bits;
  }

  public boolean isFree(long pfn) {
    long index = pfn >>> 3;
    return index < bits.length && (bits[(int) index] >>> (pfn & 7) & 1) != 0;
  }

  public long count() {
    return BitSet.valueOf(bits).cardinality();
  }
}
