package emulha.memory;

/**
 * Which page frames the guest's allocator held free. Bit {@code pfn & 7} of byte {@code pfn >> 3}
 * is 1 for a free page; frames beyond the bitmap are in use. The array is owned by the map.
 */
public final class FreeMap {
  private final byte[] bits;

  /** A map over this array. */
  public FreeMap(byte[] bits) {
    this.bits = bits;
  }

  /** The array behind the map, not to be changed. */
  public byte[] bits() {
    return bits;
  }

  /** Whether the frame was free. */
  public boolean isFree(long pfn) {
    long index = pfn >>> 3;
    return index < bits.length && (bits[(int) index] >>> (pfn & 7) & 1) != 0;
  }

  /** Number of free frames. */
  public long count() {
    long total = 0;
    for (byte b : bits) {
      total += Integer.bitCount(b & 0xff);
    }
    return total;
  }
}
