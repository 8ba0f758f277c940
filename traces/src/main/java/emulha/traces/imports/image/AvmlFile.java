package emulha.traces.imports.image;

import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The format of AVML, version 2 (its README): ranges of physical memory, each after a header of 32
 * bytes in LiME's form, in Snappy's framing format (its {@code framing_format.txt}), and followed
 * by the number of the compressed bytes:
 *
 * <pre>
 *   "AVML"  u32 version 2  u64 first address  u64 last address  8 reserved bytes
 *   chunks: u8 type  u24 length  contents; 00 compressed and 01 plain begin with a masked CRC32C
 *   u64 bytes of all chunks
 * </pre>
 *
 * All numbers are little-endian. Kept in memory: where the chunks are, 24 bytes for each.
 */
final class AvmlFile implements Ram.Contents {
  private static final int MAGIC = 0x4C4D5641;
  private static final int CHUNK_HEADER_BYTES = 4;
  private static final int CHECKSUM_BYTES = 4;
  private static final int MAX_CHUNK_BYTES = 1 << 16;
  private static final int MAX_COMPRESSED_BYTES = 32 + MAX_CHUNK_BYTES + MAX_CHUNK_BYTES / 6;
  private static final int COMPRESSED = 0;
  private static final int PLAIN = 1;
  private static final int FIRST_SKIPPABLE = 0x80;

  private final Input file;
  private final List<Chunk> chunks = new ArrayList<>();
  private final byte[] content = new byte[MAX_CHUNK_BYTES];
  private int loaded = -1;

  /**
   * A chunk with contents.
   *
   * @param position of its first byte among those of all chunks
   * @param at where its checksum is in the file
   * @param stored bytes of it in the file, without the checksum
   * @param bytes of contents
   */
  private record Chunk(long position, long at, int stored, int bytes, boolean compressed) {}

  private AvmlFile(Input file) {
    this.file = file;
  }

  /** The RAM in a file; reads all of its chunks' headers. */
  static Ram ram(Input file) throws IOException {
    var avml = new AvmlFile(file);
    var extents = new ArrayList<Ram.Extent>();
    long position = 0;
    for (long at = 0; at < file.size() || at == 0; ) {
      Ram.Extent extent =
          ImageFormat.limeRange(
              file, at, "the magic 41 56 4d 4c of an AVML range", MAGIC, 2, position);
      extents.add(extent);
      long from = at + ImageFormat.LIME_HEADER_BYTES;
      at = avml.index(from, position, extent.bytes());
      position += extent.bytes();
      long told = file.bytes(at, Long.BYTES, "the length of a range's chunks").getLong(0);
      file.require(told == at - from, at, told + " bytes of chunks", at - from);
      at += Long.BYTES;
    }
    return new Ram(extents, avml, Map.of());
  }

  /** Notes a range's chunks and returns where they end. */
  private long index(long from, long firstPosition, long bytes) throws IOException {
    long at = from;
    long position = firstPosition;
    while (position < firstPosition + bytes) {
      int header = file.bytes(at, CHUNK_HEADER_BYTES, "a chunk's header").getInt(0);
      int type = header & 0xff;
      int length = header >>> 8;
      long begin = at + CHUNK_HEADER_BYTES;
      if (length > file.size() - begin) {
        throw file.damaged(at, "expected a chunk of " + length + " bytes, found the end");
      }
      if (type == COMPRESSED || type == PLAIN) {
        int stored = length - CHECKSUM_BYTES;
        int contents = type == PLAIN ? stored : contents(begin, stored);
        boolean fits =
            contents > 0 && contents <= MAX_CHUNK_BYTES && stored <= MAX_COMPRESSED_BYTES;
        file.require(fits, at, "a chunk of 1 to 65536 bytes", contents);
        if (contents > firstPosition + bytes - position) {
          throw file.damaged(at, "more bytes than the range has");
        }
        chunks.add(new Chunk(position, begin, stored, contents, type == COMPRESSED));
        position += contents;
      } else if (type < FIRST_SKIPPABLE) {
        throw file.damaged(at, "a chunk of unknown type " + type);
      }
      at = begin + length;
    }
    return at;
  }

  /** How many bytes a compressed chunk has, by its first bytes: at most 3 for 65536. */
  private int contents(long begin, int stored) throws IOException {
    ByteBuffer start =
        file.bytes(begin + CHECKSUM_BYTES, Math.clamp(stored, 0, 3), "a chunk's length");
    int bytes = Input.leb128(start, 3);
    file.require(bytes >= 0, begin, "the length of a chunk", "none");
    return bytes;
  }

  @Override
  public void read(ByteBuffer target, long position) throws IOException {
    for (long at = position; target.hasRemaining(); ) {
      var sought = new Chunk(at, 0, 0, 0, false);
      int found =
          Collections.binarySearch(chunks, sought, Comparator.comparingLong(Chunk::position));
      int number = found >= 0 ? found : -found - 2;
      load(number);
      Chunk chunk = chunks.get(number);
      int within = (int) (at - chunk.position());
      int count = Math.min(target.remaining(), chunk.bytes() - within);
      target.put(content, within, count);
      at += count;
    }
  }

  private void load(int number) throws IOException {
    if (loaded == number) {
      return;
    }
    loaded = -1;
    Chunk chunk = chunks.get(number);
    ByteBuffer stored = ByteBuffer.allocate(CHECKSUM_BYTES + chunk.stored());
    file.fill(stored.order(ByteOrder.LITTLE_ENDIAN), chunk.at());
    if (chunk.compressed()) {
      int bytes =
          file.expand(
              new SnappyJavaDecompressor(),
              "a chunk that Snappy",
              chunk.at(),
              stored.array(),
              CHECKSUM_BYTES,
              content,
              chunk.bytes());
      file.require(bytes == chunk.bytes(), chunk.at(), chunk.bytes() + " bytes in a chunk", bytes);
    } else {
      stored.get(CHECKSUM_BYTES, content, 0, chunk.bytes());
    }
    var crc = new CRC32C();
    crc.update(content, 0, chunk.bytes());
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    if (masked != stored.getInt(0)) {
      throw file.damaged(
          chunk.at(),
          "expected the checksum %08x of a chunk, found %08x".formatted(stored.getInt(0), masked));
    }
    loaded = number;
  }
}
