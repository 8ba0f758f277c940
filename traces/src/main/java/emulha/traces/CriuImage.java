package emulha.traces;

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
import java.util.OptionalLong;

/**
 * One CRIU image directory's account of a process's memory. A {@code pagemap-PID.img} file is two
 * u32 magics, then messages of protocol buffers, each after its length as u32 (CRIU's documentation
 * of its images, and {@code images/pagemap.proto} up to version 4): first the number of the {@code
 * pages-ID.img} file, then entries of consecutive virtual pages. Contents of the pages that are
 * present stand in the pages file in the order of the entries.
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

  private static final long FLAG_PARENT = 1;
  private static final long FLAG_LAZY = 2;
  private static final long FLAG_PRESENT = 4;

  private static final long MAX_FILE_BYTES = 1L << 30;

  private final Path pagemap;
  private final Path pages;
  private final List<Run> runs;

  /**
   * Consecutive virtual pages.
   *
   * @param firstPage address of the first one / 4096
   * @param present whether their contents are in this image, not in an earlier one
   * @param offset of the entry in the pagemap file
   * @param firstInFile number of pages before the first one in the pages file, if present
   */
  record Run(long firstPage, long pages, boolean present, long offset, long firstInFile) {}

  private CriuImage(Path pagemap, Path pages, List<Run> runs) {
    this.pagemap = pagemap;
    this.pages = pages;
    this.runs = runs;
  }

  /** Name of the pagemap of a process. */
  static String ofProcess(long pid) {
    return "pagemap-" + pid + ".img";
  }

  /** Name of the pagemap of a shared memory object. */
  static String ofShared(long id) {
    return "pagemap-shmem-" + id + ".img";
  }

  /** Reads a pagemap. */
  static CriuImage read(Path directory, String name) throws IOException {
    Path file = directory.resolve(name);
    var messages = new Messages(file);
    messages.expectMagic(0, COMMON_MAGIC, "an image of CRIU 2.0 or later");
    messages.expectMagic(Integer.BYTES, PAGEMAP_MAGIC, "a pagemap");
    messages.begin(2 * Integer.BYTES);
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
    if (available % Page.BYTES != 0) {
      throw new DamagedFileException(
          pages.toString(), available, "expected a multiple of 4096 bytes, found the end");
    }
    var runs = new ArrayList<Run>();
    long present = 0;
    long end = 0;
    while (messages.next()) {
      Run run = run(messages, present);
      if (run.firstPage() < end) {
        throw messages.damaged("expected ascending addresses");
      }
      end = run.firstPage() + run.pages();
      present += run.present() ? run.pages() : 0;
      runs.add(run);
      if (present > available >>> Page.SHIFT) {
        break;
      }
    }
    if (present != available >>> Page.SHIFT) {
      throw new DamagedFileException(
          pages.toString(),
          Math.min(available, present << Page.SHIFT),
          "expected "
              + present
              + " pages as in "
              + file.getFileName()
              + ", found "
              + (available >>> Page.SHIFT));
    }
    return new CriuImage(file, pages, List.copyOf(runs));
  }

  private static Run run(Messages messages, long firstInFile) throws IOException {
    messages.refuseOthers(VADDR, NR_PAGES, IN_PARENT, FLAGS, NR_PAGES_64);
    long address = messages.required(VADDR, "vaddr");
    long count =
        messages.has(NR_PAGES_64)
            ? messages.required(NR_PAGES_64, "nr_pages")
            : messages.required(NR_PAGES, "nr_pages");
    long flags = messages.has(FLAGS) ? messages.required(FLAGS, "flags") : FLAG_PRESENT;
    if (messages.has(IN_PARENT) && messages.required(IN_PARENT, "in_parent") != 0) {
      flags = (flags & ~FLAG_PRESENT) | FLAG_PARENT;
    }
    if ((flags & ~(FLAG_PARENT | FLAG_LAZY | FLAG_PRESENT)) != 0) {
      throw messages.damaged("unknown flags " + Long.toHexString(flags));
    }
    boolean parent = (flags & FLAG_PARENT) != 0;
    boolean present = (flags & FLAG_PRESENT) != 0;
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
    return new Run(first, count, present, messages.offset(), firstInFile);
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
    messages.begin(at + Integer.BYTES);
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

  /** Messages of protocol buffers in a file; of fields that are no integers only the number. */
  private static final class Messages {
    private final Path file;
    private final ByteBuffer bytes;
    private final Map<Integer, Long> fields = new HashMap<>();
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

    void expectMagic(int at, int magic, String what) throws IOException {
      int found = int32(at);
      if (found != magic) {
        throw damaged("expected the magic %08x of %s, found %08x".formatted(magic, what, found));
      }
    }

    void begin(int at) {
      end = at;
    }

    /** Offset of the message read last. */
    long offset() {
      return offset;
    }

    /** Reads the next message's fields. */
    boolean next() throws IOException {
      fields.clear();
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
            "expected a message of "
                + Integer.toUnsignedString(length)
                + " bytes, found the end after "
                + bytes.remaining());
      }
      end = bytes.position() + length;
      bytes.limit(end);
      while (bytes.hasRemaining()) {
        long key = varint();
        long number = key >>> 3;
        if (number < 1 || number > Integer.MAX_VALUE) {
          throw damaged("a field of number " + number);
        }
        long value =
            switch ((int) key & 7) {
              case 0 -> varint();
              case 1 -> skip(Long.BYTES);
              case 2 -> skip(varint());
              case 5 -> skip(Integer.BYTES);
              default -> throw damaged("a field of unknown type " + (key & 7));
            };
        fields.put((int) number, value);
      }
      return true;
    }

    boolean has(int field) {
      return fields.containsKey(field);
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
                  + ": made by a later CRIU, possibly with compressed pages; dump without");
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

    private long skip(long count) throws IOException {
      if (count < 0 || count > bytes.remaining()) {
        throw damaged("a message ends within a field");
      }
      bytes.position(bytes.position() + (int) count);
      return count;
    }
  }
}
