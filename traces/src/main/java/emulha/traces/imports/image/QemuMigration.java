package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.Page;
import emulha.traces.Provenance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The RAM of a guest that QEMU migrated to a file (its {@code docs/devel/migration}): as a stream,
 * in which a page occurs as often as it was sent, or mapped-ram (QEMU 9.0 and later), in which each
 * page has its place. {@code virsh save} puts a header and the guest's XML before it. Numbers are
 * big-endian:
 *
 * <pre>
 *   "QEVM"  u32 version 3
 *   07  u32 length  machine's name, subsections         configuration
 *   01  u32 section  u8 length "ram"  u32 instance  u32 version 4   records, footer
 *   02, 03  u32 section                                 more records, the last ones; footer
 *   7e  u32 section                                     footer, where the machine writes it
 *   records: u64 address of the page, or'ed with flags, block's name unless it is the one before
 *     004 list of blocks: u8 length, name, u64 bytes; in mapped-ram with a header each:
 *         u32 version 1, u64 page size, u64 place of the bitmap, u64 place of the pages
 *     002 a page of one byte   008 a page   040 its difference by XBZRLE to what it was
 *     100 a page by zlib (QEMU before 9.1)  010 the end   200 nothing
 * </pre>
 *
 * What follows RAM, the devices, is not read. Kept in memory: 8 bytes for each page of RAM and 8
 * for each difference.
 */
final class QemuMigration {
  private static final String VIRSH = "LibvirtQemudSave";
  private static final String VIRSH_PARTIAL = "LibvirtQemudPart";
  private static final int VIRSH_HEADER_BYTES = 92;
  private static final int MAGIC = 0x5145564d;

  private static final int SECTION_START = 1;
  private static final int SECTION_PART = 2;
  private static final int SECTION_END = 3;
  private static final int SUBSECTION = 5;
  private static final int CONFIGURATION = 7;
  private static final int COMMAND = 8;
  private static final int FOOTER = 0x7e;

  private static final int FILL = 0x02;
  private static final int BLOCKS = 0x04;
  private static final int PAGE = 0x08;
  private static final int END = 0x10;
  private static final int SAME_BLOCK = 0x20;
  private static final int XBZRLE = 0x40;
  private static final int COMPRESSED = 0x100;
  private static final int MULTIFD_FLUSH = 0x200;

  private static final int WINDOW_BYTES = 1 << 16;
  private static final int MAX_COMPRESSED_BYTES = 2 * Page.BYTES;

  /**
   * Memory of the machine and its memory backends; names of what belongs to a device or holds
   * firmware have other forms ({@code 0000:00:02.0/vga.vram}, {@code pc.bios}, {@code
   * /rom@etc/acpi/tables}).
   */
  private static final Pattern MAIN_MEMORY = Pattern.compile("(/objects/)?[^/.@:]+|[^/@:]+\\.ram");

  private final Input file;
  private final List<Block> blocks = new ArrayList<>();
  private final Map<String, Block> byName = new HashMap<>();
  private Set<String> capabilities = Set.of();
  private boolean mapped;
  private long at;

  /** Pages of all blocks. */
  private long announced;

  /** The block of the record before, also of one in an earlier section. */
  private @Nullable Block current;

  /** A stretch of the guest's memory that QEMU names. */
  private static final class Block {
    final String name;
    final long bytes;

    /** In mapped-ram: where the bitmap and the pages are, and what the bitmap holds. */
    long bitmapAt;

    long pagesAt;
    byte[] bitmap = {};

    /**
     * In a stream: what each page was sent as last: its place in the file, times 4, plus a kind.
     */
    final long[] sent;

    final Map<Integer, List<Long>> differences = new HashMap<>();

    Block(String name, long bytes, boolean mapped) {
      this.name = name;
      this.bytes = bytes;
      sent = mapped ? new long[0] : new long[pages()];
    }

    int pages() {
      return (int) (bytes >>> Page.SHIFT);
    }

    int bitmapBytes() {
      return (pages() + 7) >>> 3;
    }

    boolean isMapped(int page) {
      return (bitmap[page >>> 3] >>> (page & 7) & 1) != 0;
    }

    boolean main() {
      return MAIN_MEMORY.matcher(name).matches();
    }
  }

  private static final int NEVER = 0;
  private static final int FILLED = 1;
  private static final int PLAIN = 2;
  private static final int ZLIB = 3;

  private QemuMigration(Input file) {
    this.file = file;
  }

  /** The main memory in a file; reads all of a stream's headers. */
  static Ram ram(Input file) throws IOException {
    return new QemuMigration(file).read();
  }

  private Ram read() throws IOException {
    passVirshHeader();
    if (u32("a magic") != MAGIC) {
      throw file.damaged(at - 4, "expected the magic \"QEVM\" of a QEMU migration");
    }
    long version = u32("a version");
    file.require(version == 3, at - 4, "version 3", version);
    int type = u8();
    if (type == CONFIGURATION) {
      type = configuration();
    }
    while (type == COMMAND) {
      u16();
      skip(u16());
      type = u8();
    }
    file.require(type == SECTION_START, at - 1, "the section of RAM", "type " + type);
    long section = u32("a section");
    String name = text(u8());
    u32("an instance");
    long sectionVersion = u32("a version");
    file.require(
        name.equals("ram") && sectionVersion == 4,
        at,
        "the section \"ram\" 4 first",
        '"' + name + "\" " + sectionVersion);
    mapped = capabilities.contains("mapped-ram");
    records();
    if (!mapped) {
      parts(section);
    }
    return mainMemory();
  }

  private void passVirshHeader() throws IOException {
    String start = file.start(VIRSH.length());
    if (start.equals(VIRSH_PARTIAL)) {
      throw file.damaged(0, "a file of virsh save that was never completed");
    }
    if (!start.equals(VIRSH)) {
      return;
    }
    ByteBuffer header = file.bytes(0, VIRSH_HEADER_BYTES, "a header of 92 bytes");
    at = VIRSH_HEADER_BYTES + Integer.toUnsignedLong(header.getInt(20));
    if (file.bytes(at, 4, "a QEMU migration").order(ByteOrder.BIG_ENDIAN).getInt(0) != MAGIC) {
      throw file.damaged(
          at,
          "a compressed file of virsh save (format %d); save with save_image_format = \"raw\""
              .formatted(header.getInt(28)));
    }
  }

  /** Reads the configuration and returns the type after it. */
  private int configuration() throws IOException {
    skip(u32("a length"));
    while (true) {
      int type = u8();
      if (type != SUBSECTION) {
        return type;
      }
      String name = text(u8());
      u32("a version");
      switch (name) {
        case "configuration/target-page-bits" -> {
          long bits = u32("a page size");
          file.require(bits == Page.SHIFT, at - 4, "pages of 2^12 bytes", "2^" + bits);
        }
        case "configuration/capabilities" -> {
          var found = new TreeSet<String>();
          for (long left = u32("a number of capabilities"); left > 0; left--) {
            found.add(text(u8()));
          }
          capabilities = found;
        }
        case "configuration/uuid" -> skip(16);
        default -> throw file.damaged(at, "unknown part of the configuration: " + name);
      }
    }
  }

  /** Passes through the sections after the first up to the last of RAM. */
  private void parts(long section) throws IOException {
    while (true) {
      int type = u8();
      if (type == FOOTER) {
        u32("a section");
      } else if (type == COMMAND) {
        u16();
        skip(u16());
      } else if (type == SECTION_PART || type == SECTION_END) {
        long number = u32("a section");
        file.require(number == section, at - 4, "a part of RAM", "one of section " + number);
        records();
        if (type == SECTION_END) {
          return;
        }
      } else {
        throw file.damaged(
            at - 1,
            "expected a part of RAM or its end, found type %d: unfinished, or with devices that"
                    .formatted(type)
                + " send state of their own");
      }
    }
  }

  /** Reads records up to the end's. */
  private void records() throws IOException {
    while (true) {
      long head = u64();
      int flags = (int) (head & (Page.BYTES - 1));
      long address = head & -Page.BYTES;
      switch (flags & ~SAME_BLOCK) {
        case END -> {
          return;
        }
        case MULTIFD_FLUSH -> {}
        case BLOCKS -> blocks(address);
        case FILL, PAGE, XBZRLE, COMPRESSED -> {
          if (mapped) {
            throw file.damaged(at - 8, "a page among the records of mapped-ram, which has none");
          }
          if ((flags & SAME_BLOCK) == 0) {
            String name = text(u8());
            current = byName.get(name);
            if (current == null) {
              throw file.damaged(at, "a page of block \"" + name + "\", which was not announced");
            }
          }
          Block block = current;
          if (block == null || address < 0 || address >= block.bytes) {
            throw file.damaged(at, "a page at %x, outside of its block".formatted(address));
          }
          page(block, (int) (address >>> Page.SHIFT), flags & ~SAME_BLOCK);
        }
        default ->
            throw file.damaged(
                at - 8,
                "a record with unknown flags %x: multifd, RDMA or a later QEMU; migrate without"
                    .formatted(flags));
      }
    }
  }

  private void blocks(long total) throws IOException {
    if (capabilities.contains("x-ignore-shared")) {
      throw file.damaged(
          at, "shared memory was left out (x-ignore-shared); migrate without that capability");
    }
    for (long left = total; left > 0; ) {
      String name = text(u8());
      long bytes = u64();
      if (bytes < 1
          || bytes > left
          || bytes % Page.BYTES != 0
          || bytes >>> Page.SHIFT > Integer.MAX_VALUE - 8) {
        throw file.damaged(
            at - 8, "expected a block of at most %d bytes, found %d".formatted(left, bytes));
      }
      announced += bytes >>> Page.SHIFT;
      if (!mapped && announced > file.size()) {
        throw file.damaged(
            at - 8, "blocks of %d pages, more than the file has bytes".formatted(announced));
      }
      var block = new Block(name, bytes, mapped);
      if (byName.put(name, block) != null) {
        throw file.damaged(at, "block \"" + name + "\" is there twice");
      }
      blocks.add(block);
      left -= bytes;
      if (mapped) {
        long version = u32("a version");
        long pageBytes = u64();
        block.bitmapAt = u64();
        block.pagesAt = u64();
        if (version != 1 || pageBytes != Page.BYTES) {
          throw file.damaged(
              at - 28,
              "expected a block of mapped-ram, version 1, with pages of 4096 bytes, found"
                  + " version %d and pages of %d".formatted(version, pageBytes));
        }
        if (block.bitmapAt < at
            || block.pagesAt < block.bitmapAt
            || block.pagesAt - block.bitmapAt < block.bitmapBytes()
            || block.pagesAt > Long.MAX_VALUE - bytes) {
          throw file.damaged(
              at - 16,
              "expected a bitmap and pages after it, found them at %d and %d"
                  .formatted(block.bitmapAt, block.pagesAt));
        }
        at = block.pagesAt + bytes;
      }
    }
  }

  private void page(Block block, int page, int kind) throws IOException {
    if (kind != XBZRLE) {
      block.differences.remove(page);
    }
    switch (kind) {
      case FILL -> {
        block.sent[page] = at << 2 | FILLED;
        skip(1);
      }
      case PAGE -> {
        block.sent[page] = at << 2 | PLAIN;
        skip(Page.BYTES);
      }
      case COMPRESSED -> {
        block.sent[page] = at << 2 | ZLIB;
        long bytes = u32("a length");
        file.require(bytes <= MAX_COMPRESSED_BYTES, at - 4, "a page of at most 8192 bytes", bytes);
        skip(bytes);
      }
      default -> {
        if (block.sent[page] == NEVER) {
          throw file.damaged(at, "a difference to a page that was never sent");
        }
        long place = at;
        int form = u8();
        file.require(form == 1, at - 1, "a difference of form 1", form);
        block.differences.computeIfAbsent(page, _ -> new ArrayList<>()).add(place);
        skip(u16());
      }
    }
  }

  /** Main memory, one block after the other. */
  private Ram mainMemory() throws IOException {
    List<Block> main = blocks.stream().filter(Block::main).toList();
    if (main.isEmpty()) {
      throw file.damaged(
          at,
          "no block of main memory (NAME.ram, or a memory backend) among "
              + blocks.stream().map(block -> block.name).collect(Collectors.joining(", ")));
    }
    long[] firsts = new long[main.size() + 1];
    long never = 0;
    for (int i = 0; i < main.size(); i++) {
      firsts[i + 1] = firsts[i] + main.get(i).pages();
      never += Arrays.stream(main.get(i).sent).filter(place -> place == NEVER).count();
      if (mapped) {
        readBitmap(main.get(i));
      }
    }
    var facts = new LinkedHashMap<String, String>();
    facts.put(Ram.BLOCKS, names(main));
    var left = new ArrayList<String>();
    List<Block> others = blocks.stream().filter(block -> !block.main()).toList();
    if (!others.isEmpty()) {
      left.add("memory of devices and firmware: " + names(others));
    }
    if (never > 0) {
      left.add(never + " pages that QEMU never sent, taken for zeros");
    }
    if (!left.isEmpty()) {
      facts.put(Provenance.LEFT_OUT, String.join("; ", left));
    }
    return Ram.ofPages(
        new AddressRanges(List.of(new AddressRanges.Range(0, firsts[main.size()]))),
        (frame, into) -> {
          int found = Arrays.binarySearch(firsts, frame);
          int number = found >= 0 ? found : -found - 2;
          int page = (int) (frame - firsts[number]);
          if (mapped) {
            mapped(main.get(number), page, into);
          } else {
            sent(main.get(number), page, into);
          }
        },
        facts);
  }

  private static String names(List<Block> blocks) {
    return blocks.stream()
        .map(block -> block.name + " " + block.bytes)
        .collect(Collectors.joining(", "));
  }

  private void readBitmap(Block block) throws IOException {
    block.bitmap = file.bytes(block.bitmapAt, block.bitmapBytes(), "a bitmap").array();
    int pages = block.pages();
    while (pages > 0 && !block.isMapped(pages - 1)) {
      pages--;
    }
    long end = pages == 0 ? 0 : block.pagesAt + ((long) pages << Page.SHIFT);
    file.require(end <= file.size(), file.size(), "pages up to byte " + end, "the end");
  }

  private void mapped(Block block, int page, byte[] into) throws IOException {
    if (block.isMapped(page)) {
      file.fill(ByteBuffer.wrap(into), block.pagesAt + ((long) page << Page.SHIFT));
    } else {
      Arrays.fill(into, (byte) 0);
    }
  }

  private void sent(Block block, int page, byte[] into) throws IOException {
    long place = block.sent[page] >>> 2;
    switch ((int) block.sent[page] & 3) {
      case NEVER -> Arrays.fill(into, (byte) 0);
      case FILLED -> Arrays.fill(into, file.bytes(place, 1, "a byte").get(0));
      case PLAIN -> file.fill(ByteBuffer.wrap(into), place);
      default -> {
        int bytes = bigEndian(place, 4).getInt(0);
        int expanded = file.inflate(place, file.bytes(place + 4, bytes, "a page").array(), into);
        file.require(expanded == into.length, place, "a page of 4096 bytes", expanded);
      }
    }
    List<Long> differences = block.differences.get(page);
    if (differences != null) {
      for (long difference : differences) {
        int bytes = Short.toUnsignedInt(bigEndian(difference + 1, 2).getShort(0));
        apply(file.bytes(difference + 3, bytes, "a difference"), into, difference + 3);
      }
    }
  }

  /**
   * Applies a difference by QEMU's XBZRLE: in turn a number of bytes that stay and one of bytes
   * that follow, both in LEB128 of at most two bytes.
   */
  private void apply(ByteBuffer difference, byte[] page, long place) throws IOException {
    int to = 0;
    while (difference.hasRemaining()) {
      to += run(difference, place);
      int count = run(difference, place);
      if (to + count > page.length || count > difference.remaining() || count == 0) {
        throw file.damaged(place, "a difference that leaves its page");
      }
      difference.get(page, to, count);
      to += count;
    }
  }

  private int run(ByteBuffer difference, long place) throws IOException {
    int bytes = Input.leb128(difference, 2);
    if (bytes < 0) {
      throw file.damaged(place, "a difference that ends within a number");
    }
    return bytes;
  }

  private void skip(long bytes) throws IOException {
    if (bytes > file.size() - at) {
      throw file.damaged(
          file.size(), "expected %d bytes from byte %d, found the end".formatted(bytes, at));
    }
    at += bytes;
  }

  private int u8() throws IOException {
    return Byte.toUnsignedInt(next(1, "a byte").get());
  }

  private int u16() throws IOException {
    return Short.toUnsignedInt(next(2, "a length").getShort());
  }

  private long u32(String what) throws IOException {
    return Integer.toUnsignedLong(next(4, what).getInt());
  }

  private long u64() throws IOException {
    return next(8, "a record").getLong();
  }

  private String text(int bytes) throws IOException {
    byte[] text = new byte[bytes];
    next(bytes, "a name").get(text);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowAt;

  /** The next bytes, read ahead. */
  private ByteBuffer next(int bytes, String what) throws IOException {
    if (at < windowAt || at + bytes > windowAt + window.capacity()) {
      int count = (int) Math.min(WINDOW_BYTES, Math.max(bytes, file.size() - at));
      window = file.bytes(at, count, what).order(ByteOrder.BIG_ENDIAN);
      windowAt = at;
    }
    window.position((int) (at - windowAt));
    at += bytes;
    return window;
  }

  private ByteBuffer bigEndian(long place, int bytes) throws IOException {
    return file.bytes(place, bytes, "a length").order(ByteOrder.BIG_ENDIAN);
  }
}
