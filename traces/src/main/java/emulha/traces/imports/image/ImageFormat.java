package emulha.traces.imports.image;

import emulha.files.DamagedFileException;
import emulha.memory.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A file format for whole RAM images: which bytes of a file are which bytes of RAM. */
public enum ImageFormat {
  /** All of RAM from address 0, nothing else. */
  RAW,
  /**
   * An ELF64 core file of guest-physical memory, as QEMU's {@code dump-guest-memory} writes without
   * paging: RAM lies in the PT_LOAD segments at their physical addresses (System V ABI, chapter 5).
   */
  ELF,
  /**
   * The format of LiME (its documentation, version 1): ranges of physical memory, each after a
   * header of 32 bytes: magic "EMiL", version, first and last address, 8 reserved bytes.
   */
  LIME,
  /** AVML version 2: as LiME, each range compressed. */
  AVML,
  /** The dump format of diskdump and makedumpfile, also flattened. */
  KDUMP,
  /**
   * A migration of QEMU to a file: a stream or mapped-ram, also in a file of {@code virsh save}.
   */
  QEMU,
  /** What Xen saves of a guest, of one state: a file of {@code xl save}. */
  XEN;

  /** Physical addresses of x86-64 and AArch64 have at most 52 bits. */
  public static final long MAX_ADDRESS = 1L << 52;

  /** Before each range in LiME's form. */
  static final int LIME_HEADER_BYTES = 32;

  /** Name on the command line. */
  public String importName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a program that writes it leaves out blocks of zeros. */
  final boolean leavesOutZeros() {
    return this == LIME || this == AVML;
  }

  /** The RAM in a file, its extents in ascending order; refused if empty or overlapping. */
  final Ram sortedRam(Input file) throws IOException {
    Ram ram =
        switch (this) {
          case RAW -> raw(file);
          case ELF -> elf(file);
          case LIME -> lime(file);
          case AVML -> AvmlFile.ram(file);
          case KDUMP -> KdumpFile.ram(file);
          case QEMU -> QemuMigration.ram(file);
          case XEN -> XenStream.ram(file);
        };
    var extents = new ArrayList<>(ram.extents());
    extents.sort(Comparator.comparingLong(Ram.Extent::address));
    file.require(!extents.isEmpty() && extents.getLast().bytes() > 0, 0, "RAM", "none");
    for (int i = 1; i < extents.size(); i++) {
      Ram.Extent before = extents.get(i - 1);
      if (extents.get(i).address() < before.end()) {
        throw file.damaged(
            extents.get(i).offset(),
            "address %x is there twice; dump physical memory, without paging"
                .formatted(extents.get(i).address()));
      }
    }
    return new Ram(extents, ram.contents(), ram.facts());
  }

  private static Ram raw(Input file) throws IOException {
    file.require(file.size() % Page.BYTES == 0, file.size(), "a multiple of 4096 bytes", "the end");
    return plain(file, List.of(new Ram.Extent(0, 0, file.size())));
  }

  private static Ram elf(Input file) throws IOException {
    ByteBuffer header = file.bytes(0, 64, "the ELF header");
    expect(file, 0, "the magic 7f 45 4c 46 of an ELF file", 0x464C457F, header);
    int form = header.getShort(4);
    file.require(form == 0x0102, 4, "class 2 (64-bit), data 1 (little-endian)", form);
    file.require(header.getShort(16) == 4, 16, "type 4 (core file)", header.getShort(16));
    file.require(header.getShort(54) == 56, 54, "program headers of 56 bytes", header.getShort(54));
    long table = header.getLong(32);
    long count = header.getShort(56) & 0xffff;
    if (count == 0xffff) {
      // More segments than fit 16 bits: their number stands in section header 0.
      long sections = header.getLong(40);
      count = file.bytes(sections, 64, "section header 0").getInt(44) & 0xffffffffL;
    }
    var extents = new ArrayList<Ram.Extent>();
    for (long i = 0; i < count; i++) {
      long at = table + i * 56;
      ByteBuffer segment = file.bytes(at, 56, "program header " + i);
      long address = segment.getLong(24);
      long bytes = segment.getLong(32);
      if (segment.getInt(0) != 1 || bytes == 0) {
        continue;
      }
      if (segment.getLong(40) != bytes) {
        throw file.damaged(
            at,
            "expected a segment wholly in the file, found %s of its %s bytes there"
                .formatted(bytes, segment.getLong(40)));
      }
      if (address < 0 || bytes < 0 || address > MAX_ADDRESS || bytes > MAX_ADDRESS - address) {
        throw file.damaged(
            at,
            "expected a range of addresses below 2^52, found %d bytes at %x"
                .formatted(bytes, address));
      }
      extents.add(new Ram.Extent(address, segment.getLong(8), bytes));
    }
    return plain(file, extents);
  }

  private static Ram lime(Input file) throws IOException {
    var extents = new ArrayList<Ram.Extent>();
    for (long at = 0; at < file.size() || at == 0; ) {
      long begin = at + LIME_HEADER_BYTES;
      Ram.Extent extent =
          limeRange(file, at, "the magic 45 4d 69 4c of a LiME range", 0x4C694D45, 1, begin);
      extents.add(extent);
      at = begin + extent.bytes();
    }
    return plain(file, extents);
  }

  /** RAM that stands uncompressed in a file. */
  private static Ram plain(Input file, List<Ram.Extent> extents) throws IOException {
    long size = file.size();
    for (Ram.Extent extent : extents) {
      long offset = extent.offset();
      if (offset < 0 || offset > size || extent.bytes() > size - offset) {
        throw file.damaged(
            size,
            "expected %d bytes of RAM from byte %d, found the end"
                .formatted(extent.bytes(), offset));
      }
    }
    if (extents.stream().mapToLong(Ram.Extent::bytes).sum() > size) {
      throw file.damaged(0, "ranges of RAM overlap within the file");
    }
    return new Ram(extents, file::fill, Map.of());
  }

  /**
   * The range of a header in LiME's form.
   *
   * @param what the header begins with, for the error
   * @param offset position of its contents
   */
  static Ram.Extent limeRange(Input file, long at, String what, int magic, int version, long offset)
      throws IOException {
    ByteBuffer header = file.bytes(at, LIME_HEADER_BYTES, "a range's header");
    expect(file, at, what, magic, header);
    file.require(header.getInt(4) == version, at + 4, "version " + version, header.getInt(4));
    long first = header.getLong(8);
    long last = header.getLong(16);
    if (first < 0 || last < first || last >= MAX_ADDRESS) {
      throw file.damaged(
          at + 8, "expected a range of addresses, found %x to %x".formatted(first, last));
    }
    return new Ram.Extent(first, offset, last - first + 1);
  }

  /** Refuses another magic, and shows what there is in its place. */
  private static void expect(Input file, long at, String what, int magic, ByteBuffer header)
      throws DamagedFileException {
    byte[] start = new byte[8];
    header.get(0, start);
    String text = new String(start, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", ".");
    file.require(header.getInt(0) == magic, at, what, '"' + text + '"');
  }
}
