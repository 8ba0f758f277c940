package emulha.codecs.similarity;

import java.util.Arrays;

/**
 * The hash table of Hou §4.2: chunk digests to chunk locations, in primitive arrays. Entries are
 * numbered in the order of insertion; when the table is full, an insertion replaces the oldest
 * entry, whose number it takes. Not thread-safe.
 */
final class ChunkTable {
  static final int NONE = -1;
  private static final int INITIAL_ENTRIES = 1024;

  private final int words;
  private final int capacity;
  private long[] digests;
  private int[] locations;

  /** Next entry in the same bucket. */
  private int[] nexts;

  /** First entry of each bucket + 1; 0 if it is empty. As many as there is room for entries. */
  private int[] buckets;

  private int size;
  private int oldest;

  /**
   * @param words number of 64-bit words in a digest
   * @param capacity largest number of entries
   */
  ChunkTable(int words, int capacity) {
    this.words = words;
    this.capacity = capacity;
    int room = Math.min(capacity, INITIAL_ENTRIES);
    digests = new long[room * words];
    locations = new int[room];
    nexts = new int[room];
    buckets = new int[bucketsFor(room)];
  }

  private static int bucketsFor(int entries) {
    return Math.max(2, Integer.highestOneBit(Math.max(1, entries - 1)) << 1);
  }

  void clear() {
    Arrays.fill(buckets, 0);
    size = 0;
    oldest = 0;
  }

  /** The newest entry with the digest at {@code digest[at ..]}, or {@link #NONE}. */
  int find(long[] digest, int at) {
    return search(buckets[bucket(digest[at])] - 1, digest, at);
  }

  /** The next older entry with the same digest as {@code entry}, or {@link #NONE}. */
  int findOlder(int entry, long[] digest, int at) {
    return search(nexts[entry], digest, at);
  }

  private int search(int from, long[] digest, int at) {
    int entry = from;
    while (entry != NONE && !equal(entry, digest, at)) {
      entry = nexts[entry];
    }
    return entry;
  }

  private boolean equal(int entry, long[] digest, int at) {
    int d = entry * words;
    for (int w = 0; w < words; w++) {
      if (digests[d + w] != digest[at + w]) {
        return false;
      }
    }
    return true;
  }

  /** What was given when the entry was inserted. */
  int location(int entry) {
    return locations[entry];
  }

  /**
   * Inserts a digest, without looking for equal ones.
   *
   * @return the number of the entry
   */
  int insert(long[] digest, int at, int location) {
    int entry;
    if (size == capacity) {
      entry = oldest;
      oldest = oldest + 1 == capacity ? 0 : oldest + 1;
      unlink(entry);
    } else {
      if (size == locations.length) {
        grow();
      }
      entry = size++;
    }
    System.arraycopy(digest, at, digests, entry * words, words);
    locations[entry] = location;
    link(entry);
    return entry;
  }

  private void grow() {
    int room = (int) Math.min(capacity, locations.length * 2L);
    digests = Arrays.copyOf(digests, Math.multiplyExact(room, words));
    locations = Arrays.copyOf(locations, room);
    nexts = Arrays.copyOf(nexts, room);
    buckets = new int[bucketsFor(room)];
    for (int entry = 0; entry < size; entry++) {
      link(entry);
    }
  }

  private int bucket(long word) {
    return (int) word & (buckets.length - 1);
  }

  private void link(int entry) {
    int bucket = bucket(digests[entry * words]);
    nexts[entry] = buckets[bucket] - 1;
    buckets[bucket] = entry + 1;
  }

  private void unlink(int entry) {
    int bucket = bucket(digests[entry * words]);
    int before = NONE;
    for (int e = buckets[bucket] - 1; e != entry; e = nexts[e]) {
      before = e;
    }
    if (before == NONE) {
      buckets[bucket] = nexts[entry] + 1;
    } else {
      nexts[before] = nexts[entry];
    }
  }

  /** Bytes of the entries and of the buckets that lead to them. */
  long retainedBytes() {
    return (long) size * (words * Long.BYTES + 2 * Integer.BYTES)
        + (size == 0 ? 0 : (long) bucketsFor(size) * Integer.BYTES);
  }

  /** Bytes of the arrays, with the room for entries to come. */
  long allocatedBytes() {
    return (long) digests.length * Long.BYTES
        + ((long) locations.length + nexts.length + buckets.length) * Integer.BYTES;
  }
}
