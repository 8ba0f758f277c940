package emulha.traces.imports.criu;

import emulha.files.DamagedFileException;
import emulha.memory.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * One CRIU image directory's account of a process's memory. A {@code pagemap-PID.img} file is two
 * u32 magics, then messages of protocol buffers, each after its length as u32 (CRIU's documentation
 * of its images, and {@code images/pagemap.proto} up to version 4): first the number of the {@code
 * pages-ID.img} file, then entries of consecutive virtual pages. Contents of the pages that are
 * present stand in the pages file in the order of the entries.
 *
 * <p>Pages may be compressed in blocks. No release of CRIU writes that yet; its development branch
 * has had two forms, and both are read: sizes of blocks as field 6, their sum as 7 and the pages of
 * a block as 8, or pages alone without it (pull request 2895); and a message of sizes, sum and
 * pages as field 6 (since pull request 3115).
 */
final class CriuImage {
  private static final int COMMON_MAGIC = 0x54564319;
  private static final int PAGEMAP_MAGIC = 0x56084025;
  private static final int INVENTORY_MAGIC = 0x58313116;

  private static final int PAGES_ID = 1;
  private static final int VADDR = 1;
  private static final int NR_PAGES = 2;
  private static final int IN_PARENT = 3;
  private static final int FLAGS = 4;
  private static final int NR_PAGES_64 = 5;
  private static final int DUMP_UPTIME = 8;

  /** Of an entry: sizes of blocks, or a message of them. */
  private static final int BLOCKS = 6;

  private static final int TOTAL_SIZE = 7;
  private static final int REGION_PAGES = 8;

  private static final int BLOCK_SIZES = 1;
  private static final int BLOCKS_TOTAL_SIZE = 2;
  private static final int PAGES_PER_BLOCK = 3;

  private static final long FLAG_PARENT = 1;
  private static final long FLAG_LAZY = 2;
  private static final long FLAG_PRESENT = 4;

  /** The entry's contents begin at the next page boundary of the pages file. */
  private static final long FLAG_ALIGNED = 8;

  private static final long MAX_FILE_BYTES = 1L << 30;
  private static final int MAX_FIELD = 1 << 28;

  private final Path pagemap;
  private final long base;
  private final Path pages;
  private final List<Run> runs;

  /** Those whose pages are present, by the number of the first. */
  private final NavigableMap<Long, Run> present = new TreeMap<>();

  /**
   * Consecutive virtual pages.
   *
   * @param firstPage number of the first one: its address / 4096, and its image's base
   * @param present whether their contents are in this image, not in an earlier one
   * @param offset of the entry in the pagemap file
   * @param firstPresent number of pages that are present before the first one
   * @param payload their contents, if present
   */
  record Run(
      long firstPage,
      long pages,
      boolean present,
      long offset,
      long firstPresent,
      CriuPayload payload) {
    /** The page after its last. */
    long end() {
      return firstPage + pages;
    }
  }

  private CriuImage(Path pagemap, long base, Path pages, List<Run> runs) {
    this.pagemap = pagemap;
    this.base = base;
    this.pages = pages;
    this.runs = runs;
    for (Run run : runs) {
      if (run.present()) {
        present.put(run.firstPresent(), run);
      }
    }
  }

  /** Name of the pagemap of a process. */
  static String ofProcess(long pid) {
    return "pagemap-" + pid + ".img";
  }

  /** Name of the pagemap of a shared memory object. */
  static String ofShared(long id) {
    return "pagemap-shmem-" + id + ".img";
  }

  /**
   * Reads a pagemap.
   *
   * @param base what is added to its page numbers, its place among the chain's
   */
  static CriuImage read(Path directory, String name, long base) throws IOException {
    Path file = directory.resolve(name);
    var messages = new Messages(file);
    messages.expectMagic(0, COMMON_MAGIC, "an image of CRIU 2.0 or later");
    messages.expectMagic(Integer.BYTES, PAGEMAP_MAGIC, "a pagemap");
    if (!messages.next()) {
      throw messages.damaged("expected the number of the pages file, found the end");
    }
    long id = messages.required(PAGES_ID, "pages_id");
    messages.refuseOthers(PAGES_ID);
    Path pages = directory.resolve("pages-" + id + ".img");
    if (!Files.isRegularFile(pages)) {
      throw new IOException(pages + ": missing, though " + file.getFileName() + " needs it");
    }
    long available = Files.size(pages);
    var runs = new ArrayList<Run>();
    long present = 0;
    long end = 0;
    long at = 0;
    boolean compressed = false;
    while (messages.next()) {
      Run run = run(messages, base, present, at);
      if (run.firstPage() < end) {
        throw messages.damaged("expected ascending addresses");
      }
      end = run.end();
      if (run.present()) {
        present += run.pages();
        compressed |= run.payload().isBlocks();
        at = run.payload().end();
      }
      runs.add(run);
      if (at > available) {
        break;
      }
    }
    if (at != available) {
      throw new DamagedFileException(
          pages.toString(),
          Math.min(available, at),
          compressed || available % Page.BYTES != 0
              ? "expected %d bytes as in %s, found %d".formatted(at, file.getFileName(), available)
              : "expected %d pages as in %s, found %d"
                  .formatted(present, file.getFileName(), available >>> Page.SHIFT));
    }
    return new CriuImage(file, base, pages, List.copyOf(runs));
  }

  private static Run run(Messages messages, long base, long firstPresent, long endBefore)
      throws IOException {
    messages.refuseOthers(
        VADDR, NR_PAGES, IN_PARENT, FLAGS, NR_PAGES_64, BLOCKS, TOTAL_SIZE, REGION_PAGES);
    long address = messages.required(VADDR, "vaddr");
    long count = messages.required(messages.has(NR_PAGES_64) ? NR_PAGES_64 : NR_PAGES, "nr_pages");
    long flags = messages.get(FLAGS, FLAG_PRESENT);
    if (messages.get(IN_PARENT, 0) != 0) {
      flags = (flags & ~FLAG_PRESENT) | FLAG_PARENT;
    }
    boolean parent = (flags & FLAG_PARENT) != 0;
    boolean present = (flags & FLAG_PRESENT) != 0;
    long known = FLAG_PARENT | FLAG_LAZY | FLAG_PRESENT | (present ? FLAG_ALIGNED : 0);
    if ((flags & ~known) != 0) {
      throw messages.damaged("unknown flags " + Long.toHexString(flags));
    }
    if (parent == present) {
      throw messages.damaged(
          parent
              ? "pages both present and in the parent"
              : "lazy pages, whose contents are not in the image; dump without --lazy-pages");
    }
    long maxPages = 1L << (Long.SIZE - 1 - Page.SHIFT);
    long first = address >>> Page.SHIFT;
    if (address % Page.BYTES != 0 || count < 1 || first >= maxPages || count > maxPages - first) {
      throw messages.damaged(
          "expected pages of an address space, found %d at %x".formatted(count, address));
    }
    boolean aligned = (flags & FLAG_ALIGNED) != 0;
    long begin = aligned ? (endBefore + Page.BYTES - 1) & -Page.BYTES : endBefore;
    CriuPayload payload = payload(messages, begin, count);
    if (!present && payload.isBlocks()) {
      throw messages.damaged("pages that are not in the image, but compressed in it");
    }
    return new Run(base + first, count, present, messages.offset(), firstPresent, payload);
  }

  private static CriuPayload payload(Messages messages, long begin, long pages) throws IOException {
    boolean flat = messages.has(TOTAL_SIZE) || messages.has(REGION_PAGES);
    if (!messages.has(BLOCKS)) {
      if (flat) {
        throw messages.damaged("compressed pages without the sizes of their blocks");
      }
      return CriuPayload.plain(begin, pages);
    }
    long blockPages;
    long total;
    int[] sizes;
    if (flat || !messages.isBytes(BLOCKS)) {
      long regionPages = messages.get(REGION_PAGES, 0);
      blockPages = regionPages == 0 ? 1 : regionPages;
      total = messages.get(TOTAL_SIZE, -1);
      sizes = messages.numbers(BLOCKS);
    } else {
      Messages blocks = messages.nested(BLOCKS);
      blocks.refuseOthers(BLOCK_SIZES, BLOCKS_TOTAL_SIZE, PAGES_PER_BLOCK);
      blockPages = blocks.required(PAGES_PER_BLOCK, "pages_per_block");
      total = blocks.required(BLOCKS_TOTAL_SIZE, "total_payload_size");
      sizes = blocks.numbers(BLOCK_SIZES);
    }
    try {
      CriuPayload payload = CriuPayload.blocks(begin, pages, blockPages, sizes);
      if (total >= 0 && total != payload.end() - begin) {
        throw messages.damaged(
            "expected blocks of %d bytes, found %d".formatted(total, payload.end() - begin));
      }
      return payload;
    } catch (IllegalArgumentException e) {
      throw messages.damaged(String.valueOf(e.getMessage()));
    }
  }

  /**
   * When the image was dumped, in microseconds of the system's uptime, if its inventory tells it.
   */
  static OptionalLong dumpUptimeUs(Path directory) throws IOException {
    Path file = directory.resolve("inventory.img");
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    var messages = new Messages(file);
    int at = messages.int32(0) == COMMON_MAGIC ? Integer.BYTES : 0;
    messages.expectMagic(at, INVENTORY_MAGIC, "an inventory");
    return messages.next() && messages.has(DUMP_UPTIME)
        ? OptionalLong.of(messages.required(DUMP_UPTIME, "dump_uptime"))
        : OptionalLong.empty();
  }

  /** The file with the account. */
  Path pagemap() {
    return pagemap;
  }

  /** The file with the contents of the pages that are present. */
  Path pages() {
    return pages;
  }

  /** The process's memory, in ascending order. */
  List<Run> runs() {
    return runs;
  }

  /** Pages from address 0 to the last one. */
  long span() {
    return runs.isEmpty() ? 0 : runs.getLast().end() - base;
  }

  /** The address of a page. */
  long address(long page) {
    return (page - base) << Page.SHIFT;
  }

  /**
   * The run with a page that is present.
   *
   * @param page number of the page among those that are present
   */
  Run runOf(long page) {
    return Objects.requireNonNull(present.floorEntry(page)).getValue();
  }

  /** Messages of protocol buffers in a file. Of a field that is repeated, the last value counts. */
  private static final class Messages {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;

    private final Path file;
    private final ByteBuffer bytes;
    private final Map<Integer, Long> fields = new HashMap<>();

    /** Fields of bytes: where these begin. Their length is the field's value. */
    private final Map<Integer, Integer> begins = new HashMap<>();

    private int begin;
    private int offset;
    private int end;

    Messages(Path file) throws IOException {
      this.file = file;
      if (!Files.isRegularFile(file)) {
        throw new IOException(file + ": missing");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException(file + ": larger than " + MAX_FILE_BYTES + " bytes");
      }
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    int int32(int at) throws IOException {
      offset = at;
      if (bytes.capacity() < at + Integer.BYTES) {
        throw new DamagedFileException(
            file.toString(), bytes.capacity(), "the file ends within its magic");
      }
      return bytes.getInt(at);
    }

    /** Requires a magic, behind which messages or another one begin. */
    void expectMagic(int at, int magic, String what) throws IOException {
      int found = int32(at);
      end = at + Integer.BYTES;
      if (found != magic) {
        throw damaged("expected the magic %08x of %s, found %08x".formatted(magic, what, found));
      }
    }

    private Messages(Messages within, int at, int length) throws IOException {
      file = within.file;
      bytes = within.bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      offset = within.offset;
      readFields(at, length);
    }

    /** Offset of the message read last. */
    long offset() {
      return offset;
    }

    /** Reads the next message's fields. */
    boolean next() throws IOException {
      offset = end;
      bytes.limit(bytes.capacity()).position(offset);
      if (!bytes.hasRemaining()) {
        return false;
      }
      if (bytes.remaining() < Integer.BYTES) {
        throw damaged("the file ends within the length of a message");
      }
      int length = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        throw damaged(
            "expected a message of %s bytes, found the end after %s"
                .formatted(Integer.toUnsignedString(length), bytes.remaining()));
      }
      readFields(bytes.position(), length);
      return true;
    }

    private void readFields(int at, int length) throws IOException {
      fields.clear();
      begins.clear();
      begin = at;
      end = at + length;
      eachField(
          (number, type, value, place) -> {
            fields.put(number, value);
            if (type == BYTES) {
              begins.put(number, place);
            }
          });
    }

    private interface Visitor {
      void field(int number, int type, long value, int place) throws IOException;
    }

    /** Takes each field; the value of one that is no number is its length. */
    private void eachField(Visitor visitor) throws IOException {
      bytes.limit(end).position(begin);
      while (bytes.hasRemaining()) {
        int key = key();
        int type = key & 7;
        long value =
            switch (type) {
              case VARINT, BYTES -> varint();
              case FIXED_64 -> Long.BYTES;
              case FIXED_32 -> Integer.BYTES;
              default -> throw damaged("a field of unknown type " + type);
            };
        int place = bytes.position();
        if (type != VARINT) {
          skip(value);
        }
        visitor.field(key >>> 3, type, value, place);
      }
    }

    private int key() throws IOException {
      long key = varint();
      long number = key >>> 3;
      if (number < 1 || number > MAX_FIELD) {
        throw damaged("a field of number " + number);
      }
      return (int) key;
    }

    boolean isBytes(int field) {
      return begins.containsKey(field);
    }

    Messages nested(int field) throws IOException {
      return new Messages(this, begins.get(field), (int) required(field, "message"));
    }

    /** All numbers of a repeated field, each with its key or several in a field of bytes. */
    int[] numbers(int field) throws IOException {
      var numbers = IntStream.builder();
      eachField(
          (number, type, value, place) -> {
            if (number == field && type == VARINT) {
              numbers.add(size(value));
            } else if (number == field && type == BYTES) {
              int after = bytes.position();
              bytes.position(place);
              while (bytes.position() < after) {
                numbers.add(size(varint()));
              }
              if (bytes.position() != after) {
                throw damaged("a field ends within a number");
              }
            }
          });
      return numbers.build().toArray();
    }

    private int size(long value) throws IOException {
      if (value < 0 || value > CriuPayload.MAX_BLOCK_BYTES) {
        throw damaged("a block of " + Long.toUnsignedString(value) + " bytes");
      }
      return (int) value;
    }

    boolean has(int field) {
      return fields.containsKey(field);
    }

    long get(int field, long otherwise) {
      return fields.getOrDefault(field, otherwise);
    }

    long required(int field, String name) throws IOException {
      Long value = fields.get(field);
      if (value == null) {
        throw damaged("expected the field " + name + ", found a message without");
      }
      return value;
    }

    void refuseOthers(Integer... known) throws IOException {
      for (int field : fields.keySet()) {
        if (!List.of(known).contains(field)) {
          throw damaged(
              "unknown field "
                  + field
                  + ": made by a later CRIU; if with compressed pages, dump without");
        }
      }
    }

    DamagedFileException damaged(String reason) {
      return new DamagedFileException(file.toString(), offset, reason);
    }

    private long varint() throws IOException {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        if (!bytes.hasRemaining()) {
          throw damaged("a message ends within a number");
        }
        byte b = bytes.get();
        value |= (b & 0x7fL) << shift;
        if (b >= 0) {
          return value;
        }
      }
      throw damaged("a number of more than 64 bits");
    }

    private void skip(long count) throws IOException {
      if (count < 0 || count > bytes.remaining()) {
        throw damaged("a message ends within a field");
      }
      bytes.position(bytes.position() + (int) count);
    }
  }
}
