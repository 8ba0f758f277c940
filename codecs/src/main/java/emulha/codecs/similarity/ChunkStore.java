package emulha.codecs.similarity;

import java.util.Arrays;
import java.util.Objects;

/**
 * Contents of the chunks in a {@link ChunkTable} that outlives a checkpoint, by entry number, at
 * the receiver (and at a sender that verifies), since the pages they were seen in may have changed.
 * Both ends add the same chunks in the same order. Not thread-safe.
 */
final class ChunkStore {
  private static final byte[] ABSENT = new byte[0];

  private final int capacity;
  private byte[][] contents = new byte[0][];
  private int size;
  private int oldest;
  private long bytes;

  ChunkStore(int capacity) {
    this.capacity = capacity;
  }

  void clear() {
    Arrays.fill(contents, 0, size, ABSENT);
    size = 0;
    oldest = 0;
    bytes = 0;
  }

  /** Number of entries; they are numbered from 0. */
  int size() {
    return size;
  }

  byte[] content(int entry) {
    Objects.checkIndex(entry, size);
    return contents[entry];
  }

  void add(byte[] source, int offset, int length) {
    int entry;
    if (size == capacity) {
      entry = oldest;
      oldest = oldest + 1 == capacity ? 0 : oldest + 1;
    } else {
      entry = size++;
      if (entry == contents.length) {
        contents = Arrays.copyOf(contents, (int) Math.min(capacity, Math.max(1024, entry * 2L)));
        Arrays.fill(contents, entry, contents.length, ABSENT);
      }
    }
    bytes += length - contents[entry].length;
    if (contents[entry].length != length) {
      contents[entry] = new byte[length];
    }
    System.arraycopy(source, offset, contents[entry], 0, length);
  }

  /** Bytes of the contents. */
  long retainedBytes() {
    return bytes;
  }
}
