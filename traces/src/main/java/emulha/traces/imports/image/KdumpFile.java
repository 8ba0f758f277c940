package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.Page;
import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.lzo.LzoDecompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;

/**
 * The kdump-compressed format, version 6, of 64-bit machines (makedumpfile's {@code
 * IMPLEMENTATION}; QEMU's {@code dump-guest-memory -z|-l|-s} writes it). Blocks are as large as
 * pages; numbers are little-endian:
 *
 * <pre>
 *   block 0    "KDUMP   "  u32 version  names (390)  time (22)  u32 status  u32 block size
 *              u32 blocks of the sub-header  u32 blocks of the bitmaps  …
 *   then       the sub-header: u64 start of the kernel  u32 dump level  …  u64 maximal page at 96
 *   then       two bitmaps of equal size: pages that there are, pages that are in the dump
 *   then       for each page in the dump: u64 offset  u32 bytes  u32 flags  u64 page's flags
 * </pre>
 *
 * Pages of zeros may be left out of the dump (level 1); of other pages left out nobody knows what
 * they held. Kept in memory: the second bitmap.
 */
final class KdumpFile implements Ram.Pages {
  private static final String MAGIC = "KDUMP   ";
  private static final int HEADER_BYTES = 464;
  private static final int VERSION_AT = 8;
  private static final int BLOCK_BYTES_AT = 428;
  private static final int SUB_HEADER_BLOCKS_AT = 432;
  private static final int BITMAP_BLOCKS_AT = 436;
  private static final int LEVEL_AT = 8;
  private static final int DESCRIPTOR_BYTES = 24;
  private static final int ZLIB = 1;
  private static final int LZO = 2;
  private static final int SNAPPY = 4;
  private static final int ZSTD = 0x20;
  private static final int MAX_STORED_BYTES = 2 * Page.BYTES;
  private static final int RANK_WORDS = 64;

  /** A set of bits numbers 2^31, pages of 8 TiB; addresses of some machines lie above. */
  private static final int PIECE_WORDS = 1 << 24;

  private final Input file;
  private final long descriptors;
  private final long[] dumped;

  /** Dumped pages before each 64th word of the bitmap. */
  private final int[] ranks;

  private final AddressRanges ranges;

  private KdumpFile(Input file, long descriptors, long[] dumped, AddressRanges ranges) {
    this.file = file;
    this.descriptors = descriptors;
    this.dumped = dumped;
    this.ranges = ranges;
    ranks = new int[dumped.length / RANK_WORDS + 1];
    int rank = 0;
    for (int i = 0; i < dumped.length; i++) {
      if (i % RANK_WORDS == 0) {
        ranks[i / RANK_WORDS] = rank;
      }
      rank += Long.bitCount(dumped[i]);
    }
  }

  static Ram ram(Input file) throws IOException {
    ByteBuffer header = file.bytes(0, HEADER_BYTES, "a header of 464 bytes");
    if (!file.start(MAGIC.length()).equals(MAGIC)) {
      throw file.damaged(0, "expected the magic \"KDUMP   \" of a kdump-compressed dump");
    }
    int version = header.getInt(VERSION_AT);
    file.require(
        version == 5 || version == 6, VERSION_AT, "version 5 or 6, little-endian", version);
    int blockBytes = header.getInt(BLOCK_BYTES_AT);
    file.require(
        blockBytes == Page.BYTES,
        BLOCK_BYTES_AT,
        "pages of 4096 bytes in a dump of a 64-bit machine",
        blockBytes);
    long subBlocks = Integer.toUnsignedLong(header.getInt(SUB_HEADER_BLOCKS_AT));
    long bitmapBlocks = Integer.toUnsignedLong(header.getInt(BITMAP_BLOCKS_AT));
    long bitmaps = (1 + subBlocks) << Page.SHIFT;
    long half = bitmapBlocks << Page.SHIFT >>> 1;
    file.require(
        bitmapBlocks % 2 == 0 && half > 0 && half <= Integer.MAX_VALUE / 2,
        BITMAP_BLOCKS_AT,
        "an even number of blocks of bitmaps",
        bitmapBlocks);
    ByteBuffer subHeader = file.bytes(Page.BYTES, 16, "a sub-header");
    int level = subHeader.getInt(LEVEL_AT);
    if (subHeader.getInt(LEVEL_AT + Integer.BYTES) != 0) {
      throw file.damaged(Page.BYTES + LEVEL_AT + Integer.BYTES, "one of several split files");
    }
    long[] there = bitmap(file, bitmaps, (int) half);
    long[] dumped = bitmap(file, bitmaps + half, (int) half);
    for (int i = 0; i < there.length; i++) {
      if ((dumped[i] & ~there[i]) != 0) {
        throw file.damaged(bitmaps + half + 8L * i, "pages in the dump that are not in RAM");
      }
      if (dumped[i] != there[i] && (level & ~1) != 0) {
        throw file.damaged(
            bitmaps + half + 8L * i,
            "pages left out (dump level %d), whose contents are lost; dump all (level 0 or 1)"
                .formatted(level));
      }
    }
    AddressRanges ranges = ranges(there);
    var dump = new KdumpFile(file, bitmaps + (bitmapBlocks << Page.SHIFT), dumped, ranges);
    return Ram.ofPages(ranges, dump, Map.of());
  }

  private static long[] bitmap(Input file, long at, int bytes) throws IOException {
    ByteBuffer bitmap = file.bytes(at, bytes, "a bitmap of " + bytes + " bytes");
    long[] words = new long[bytes / Long.BYTES];
    bitmap.asLongBuffer().get(words);
    return words;
  }

  private static AddressRanges ranges(long[] bits) {
    var ranges = new ArrayList<AddressRanges.Range>();
    for (int at = 0; at < bits.length; at += PIECE_WORDS) {
      var set = BitSet.valueOf(LongBuffer.wrap(bits, at, Math.min(PIECE_WORDS, bits.length - at)));
      long first = (long) at * Long.SIZE;
      for (int from = set.nextSetBit(0); from >= 0; ) {
        int to = set.nextClearBit(from);
        ranges.add(new AddressRanges.Range(first + from, to - from));
        from = set.nextSetBit(to);
      }
    }
    return new AddressRanges(ranges);
  }

  @Override
  public void read(long frame, byte[] into) throws IOException {
    long page = ranges.from(frame).firstPage();
    int word = (int) (page >>> 6);
    if ((dumped[word] >>> page & 1) == 0) {
      Arrays.fill(into, (byte) 0);
      return;
    }
    long rank = ranks[word / RANK_WORDS];
    for (int i = word - word % RANK_WORDS; i < word; i++) {
      rank += Long.bitCount(dumped[i]);
    }
    rank += Long.bitCount(dumped[word] & ((1L << page) - 1));
    long at = descriptors + rank * DESCRIPTOR_BYTES;
    ByteBuffer descriptor = file.bytes(at, DESCRIPTOR_BYTES, "the place of page " + page);
    long offset = descriptor.getLong(0);
    int bytes = descriptor.getInt(8);
    int flags = descriptor.getInt(12);
    boolean fits = bytes > 0 && bytes <= MAX_STORED_BYTES;
    file.require(fits, at + 8, "a page of 1 to 8192 bytes", bytes);
    byte[] stored = file.bytes(offset, bytes, "the contents of page " + page).array();
    int found =
        switch (flags) {
          case 0 -> copy(stored, into);
          case ZLIB -> file.inflate(offset, stored, into);
          case LZO -> expand(new LzoDecompressor(), "a page that LZO", stored, into, offset);
          case SNAPPY ->
              expand(new SnappyJavaDecompressor(), "a page that Snappy", stored, into, offset);
          case ZSTD -> expand(new ZstdJavaDecompressor(), "a page that zstd", stored, into, offset);
          default ->
              throw file.damaged(
                  at + 12,
                  "compressed in way %d; read are plain (0), zlib (1), lzo (2), snappy (4) and zstd (32)"
                      .formatted(flags));
        };
    file.require(found == Page.BYTES, offset, "a page of 4096 bytes", found);
  }

  private static int copy(byte[] stored, byte[] into) {
    System.arraycopy(stored, 0, into, 0, Math.min(stored.length, into.length));
    return stored.length;
  }

  private int expand(Decompressor by, String what, byte[] stored, byte[] into, long offset)
      throws IOException {
    return file.expand(by, what, offset, stored, 0, into, into.length);
  }
}
