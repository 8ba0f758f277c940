package emulha.traces.imports.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file in makedumpfile's flattened form (its manual, {@code -F}), as it would be written out: a
 * header of 4096 bytes, then stretches, each after its place in the file and its length; all
 * numbers are big-endian.
 *
 * <pre>
 *   "makedumpfile" (16 bytes)  u64 type 1  u64 version 1  zeros up to 4096
 *   u64 offset  u64 length  bytes        the last one: offset and length -1
 * </pre>
 *
 * A later stretch replaces an earlier one where both have bytes; where none has, they are zero.
 * Kept in memory: some 100 bytes for each stretch, of which QEMU writes one every 16 KiB.
 */
final class FlattenedInput extends Input {
  private static final String MAGIC = "makedumpfile";
  private static final int HEADER_BYTES = 4096;
  private static final int STRETCH_HEADER_BYTES = 2 * Long.BYTES;
  private static final long MAX_OFFSET = 1L << 52;

  /** By their places in the file as it would be; none overlaps another. */
  private final TreeMap<Long, Stretch> stretches = new TreeMap<>();

  private long size;

  /**
   * @param at where the bytes are in the flattened file
   */
  private record Stretch(long at, long bytes) {}

  /** Reads all stretches' headers. */
  FlattenedInput(FileChannel file, String name) throws IOException {
    super(file, name);
    var flat = new Input(file, name);
    ByteBuffer header = flat.bytes(0, HEADER_BYTES, "a header of 4096 bytes");
    header.order(ByteOrder.BIG_ENDIAN);
    if (header.getLong(16) != 1 || header.getLong(24) != 1) {
      throw damaged(
          16,
          "expected a flattened file of type 1, version 1, found %d and %d"
              .formatted(header.getLong(16), header.getLong(24)));
    }
    for (long at = HEADER_BYTES; ; ) {
      ByteBuffer stretch = flat.bytes(at, STRETCH_HEADER_BYTES, "a stretch or the end's mark");
      stretch.order(ByteOrder.BIG_ENDIAN);
      long offset = stretch.getLong(0);
      long bytes = stretch.getLong(8);
      if (offset == -1 && bytes == -1) {
        break;
      }
      if (offset < 0 || bytes < 1 || offset > MAX_OFFSET || bytes > MAX_OFFSET) {
        throw damaged(at, "expected a stretch, found %d bytes at %d".formatted(bytes, offset));
      }
      at += STRETCH_HEADER_BYTES;
      if (bytes > flat.size() - at) {
        throw damaged(flat.size(), "expected a stretch of " + bytes + " bytes, found the end");
      }
      put(offset, new Stretch(at, bytes));
      size = Math.max(size, offset + bytes);
      at += bytes;
    }
  }

  /** Whether a file begins as such a file does. */
  static boolean is(FileChannel file) throws IOException {
    return new Input(file, "").start(MAGIC.length()).equals(MAGIC);
  }

  private void put(long offset, Stretch stretch) {
    long end = offset + stretch.bytes();
    Map.Entry<Long, Stretch> before = stretches.lowerEntry(offset);
    if (before != null && before.getKey() + before.getValue().bytes() > offset) {
      cut(before.getKey(), before.getValue(), offset, end);
    }
    for (var within = stretches.ceilingEntry(offset);
        within != null && within.getKey() < end;
        within = stretches.ceilingEntry(offset)) {
      stretches.remove(within.getKey());
      cut(within.getKey(), within.getValue(), offset, end);
    }
    stretches.put(offset, stretch);
  }

  /** Keeps of a stretch what lies outside of some bytes. */
  private void cut(long offset, Stretch stretch, long from, long to) {
    if (offset < from) {
      stretches.put(offset, new Stretch(stretch.at(), from - offset));
    }
    if (offset + stretch.bytes() > to) {
      stretches.put(to, new Stretch(stretch.at() + to - offset, offset + stretch.bytes() - to));
    }
  }

  @Override
  long size() {
    return size;
  }

  @Override
  int read(ByteBuffer target, long at) throws IOException {
    if (at >= size) {
      return -1;
    }
    Map.Entry<Long, Stretch> covering = stretches.floorEntry(at);
    if (covering != null && at - covering.getKey() < covering.getValue().bytes()) {
      long within = at - covering.getKey();
      Stretch stretch = covering.getValue();
      int count = (int) Math.min(target.remaining(), stretch.bytes() - within);
      int limit = target.limit();
      target.limit(target.position() + count);
      int n = super.read(target, stretch.at() + within);
      target.limit(limit);
      return n;
    }
    Long next = stretches.higherKey(at);
    int count = (int) Math.min(target.remaining(), (next == null ? size : next) - at);
    target.put(new byte[count]);
    return count;
  }
}
