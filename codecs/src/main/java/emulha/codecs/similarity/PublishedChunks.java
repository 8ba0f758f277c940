package emulha.codecs.similarity;

import emulha.codecs.SharedChunks;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * At the receiver, the chunks that it has put into the table shared between hosts: those it decoded
 * that were neither duplicates nor named. It takes out a chunk that did not come again for as many
 * checkpoints as the table's lifetime and one more, so that each is there for a whole lifetime, and
 * the oldest beyond so many; in the end, all. Owned by one thread.
 */
final class PublishedChunks {
  private final SharedChunks table;
  private final ChunkHash hasher;
  private final long lifetime;
  private final int capacity;

  /** By digest, the checkpoint in which the chunk came last; oldest first. */
  private final Map<ByteBuffer, Long> published = new LinkedHashMap<>();

  private long checkpoint;
  private byte[][] arrays = new byte[1024][];
  private int[] offsets = new int[1024];
  private int[] lengths = new int[1024];
  private int count;

  PublishedChunks(SharedChunks table, ChunkHash hasher, long lifetime, int capacity) {
    this.table = table;
    this.hasher = hasher;
    this.lifetime = lifetime;
    this.capacity = capacity;
  }

  /** A chunk came whose content does not change before {@link #publish}. */
  void add(byte[] array, int offset, int length) {
    if (count == arrays.length) {
      arrays = Arrays.copyOf(arrays, count * 2);
      offsets = Arrays.copyOf(offsets, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    arrays[count] = array;
    offsets[count] = offset;
    lengths[count++] = length;
  }

  /** A chunk came by name. */
  void named(byte[] digest) {
    ByteBuffer key = ByteBuffer.wrap(digest);
    if (published.remove(key) != null) {
      published.put(key, checkpoint);
    }
  }

  /** The checkpoint is decoded: puts in what came, and takes out what is too old or too much. */
  void publish() {
    long[] digests = new long[Math.multiplyExact(count, hasher.words())];
    hasher.digest(arrays, offsets, lengths, count, digests);
    Map<ByteBuffer, byte[]> put = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      ByteBuffer key =
          ByteBuffer.wrap(ChunkHash.bytes(digests, i * hasher.words(), hasher.words()));
      published.remove(key);
      published.put(key, checkpoint);
      put.put(key, Arrays.copyOfRange(arrays[i], offsets[i], offsets[i] + lengths[i]));
    }
    count = 0;
    List<byte[]> removed = new ArrayList<>();
    Iterator<Map.Entry<ByteBuffer, Long>> oldest = published.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<ByteBuffer, Long> entry = oldest.next();
      if (published.size() <= capacity && checkpoint - entry.getValue() <= lifetime) {
        break;
      }
      put.remove(entry.getKey());
      removed.add(entry.getKey().array());
      oldest.remove();
    }
    checkpoint++;
    table.update(
        put.keySet().stream().map(ByteBuffer::array).toList(), List.copyOf(put.values()), removed);
  }

  /** Takes out all. */
  void withdraw() {
    table.update(List.of(), List.of(), published.keySet().stream().map(ByteBuffer::array).toList());
    published.clear();
  }

  /** Bytes of the digests, and of the numbers beside them. */
  long retainedBytes() {
    return (long) published.size() * (hasher.words() * Long.BYTES + Long.BYTES);
  }
}
