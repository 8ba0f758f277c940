package emulha.codecs.prefix;

import emulha.codecs.delta.LruPageCache;
import emulha.codecs.delta.PageCache;
import emulha.memory.PageSize;
import java.util.Arrays;

/**
 * Contents of the pages that the receiver holds, of all VMs, those sent most recently, found by
 * page or by super-feature. Of the pages that have a super-feature in common the one sent last is
 * found. Not thread-safe.
 */
final class SimilarPages {
  private static final int COUNT = SuperFeatures.COUNT;

  private final LruPageCache cache;
  private final int[] keys;
  private final long[] features;

  /** For each super-feature, by its low bits, the slot of a page that had it last + 1; 0: none. */
  private final int[][] slots;

  /**
   * @param capacity largest number of pages, at least 1
   * @param frames page frames of all VMs together: keys are below
   */
  SimilarPages(int capacity, int frames, PageSize pageSize) {
    int most = Math.min(capacity, frames);
    cache = new LruPageCache(most, frames, pageSize);
    keys = new int[most];
    features = new long[Math.multiplyExact(most, COUNT)];
    slots = new int[COUNT][Math.max(64, Integer.highestOneBit(most) << 2)];
  }

  /** The slot of a page, or {@link PageCache#NONE}. */
  int find(int key) {
    return cache.find(key);
  }

  /** The slot of a page with this super-feature, or {@link PageCache#NONE}. */
  int find(int number, long feature) {
    int slot = feature == 0 ? 0 : slots[number][place(feature)];
    return slot != 0 && features[(slot - 1) * COUNT + number] == feature
        ? slot - 1
        : PageCache.NONE;
  }

  /** The page in a slot. */
  int key(int slot) {
    return keys[slot];
  }

  byte[] bytes(int slot) {
    return cache.slab(slot);
  }

  int offset(int slot) {
    return cache.offset(slot);
  }

  /** Whether a slot has this content. */
  boolean holds(int slot, byte[] page, int offset, int length) {
    int at = cache.offset(slot);
    return Arrays.equals(cache.slab(slot), at, at + length, page, offset, offset + length);
  }

  /** Takes in what a page holds now. */
  void keep(int key, byte[] page, int offset, long[] superFeatures) {
    int found = cache.find(key);
    int slot = found == PageCache.NONE ? cache.admit(key) : found;
    cache.store(slot, page, offset);
    keys[slot] = key;
    for (int k = 0; k < COUNT; k++) {
      features[slot * COUNT + k] = superFeatures[k];
      if (superFeatures[k] != 0) {
        slots[k][place(superFeatures[k])] = slot + 1;
      }
    }
  }

  private int place(long feature) {
    return (int) feature & (slots[0].length - 1);
  }

  long retainedBytes() {
    return cache.retainedBytes()
        + (long) cache.size() * (Integer.BYTES + COUNT * Long.BYTES)
        + (long) COUNT * slots[0].length * Integer.BYTES;
  }

  /** Bytes taken, in use or not. */
  long allocatedBytes() {
    return cache.allocatedBytes()
        + (long) keys.length * Integer.BYTES
        + (long) features.length * Long.BYTES
        + (long) COUNT * slots[0].length * Integer.BYTES;
  }
}
