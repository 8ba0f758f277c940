package emulha.traces;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A file format for whole RAM images: which bytes of a file are which bytes of RAM. */
public enum ImageFormat {
  /** All of RAM from address 0, nothing else. */
  RAW {
    @Override
    List<Extent> extents(FileChannel file, String name) throws IOException {
      return List.of(new Extent(0, 0, file.size()));
    }
  },
  /**
   * An ELF64 core file of guest-physical memory, as QEMU's {@code dump-guest-memory} writes without
   * paging: RAM lies in the PT_LOAD segments at their physical addresses (System V ABI, chapter 5).
   */
  ELF {
    @Override
    List<Extent> extents(FileChannel file, String name) throws IOException {
      ByteBuffer header = read(file, name, 0, 64, "the ELF header");
      expect(name, 0, "the magic 7f 45 4c 46 of an ELF file", 0x464C457F, header.getInt(0), header);
      expect(name, 4, "class 2 (64-bit), data 1 (little-endian)", 0x0102, header.getShort(4), null);
      expect(name, 16, "type 4 (core file)", 4, header.getShort(16), null);
      expect(name, 54, "program headers of 56 bytes", 56, header.getShort(54), null);
      long table = header.getLong(32);
      long count = header.getShort(56) & 0xffff;
      if (count == 0xffff) {
        // More segments than fit 16 bits: their number stands in section header 0.
        long sections = header.getLong(40);
        count = read(file, name, sections, 64, "section header 0").getInt(44) & 0xffffffffL;
      }
      var extents = new ArrayList<Extent>();
      for (long i = 0; i < count; i++) {
        long at = table + i * 56;
        ByteBuffer segment = read(file, name, at, 56, "program header " + i);
        long fileBytes = segment.getLong(32);
        if (segment.getInt(0) != 1 || fileBytes == 0) {
          continue;
        }
        if (segment.getLong(40) != fileBytes) {
          throw new DamagedFileException(
              name,
              at,
              "expected a segment wholly in the file, found "
                  + fileBytes
                  + " of its "
                  + segment.getLong(40)
                  + " bytes there");
        }
        extents.add(extent(file, name, at, segment.getLong(24), segment.getLong(8), fileBytes));
      }
      return extents;
    }
  },
  /**
   * The format of LiME (its documentation, version 1): ranges of physical memory, each after a
   * header of 32 bytes: magic "EMiL", version, first and last address, 8 reserved bytes.
   */
  LIME {
    @Override
    List<Extent> extents(FileChannel file, String name) throws IOException {
      var extents = new ArrayList<Extent>();
      for (long at = 0; at < file.size() || at == 0; ) {
        ByteBuffer header = read(file, name, at, 32, "a range's header");
        expect(
            name,
            at,
            "the magic 45 4d 69 4c of a LiME range",
            0x4C694D45,
            header.getInt(0),
            header);
        expect(name, at + 4, "version 1", 1, header.getInt(4), null);
        long first = header.getLong(8);
        long last = header.getLong(16);
        if (first < 0 || last < first || last >= MAX_ADDRESS) {
          throw new DamagedFileException(
              name, at + 8, "expected a range of addresses, found %x to %x".formatted(first, last));
        }
        extents.add(extent(file, name, at, first, at + 32, last - first + 1));
        at += 32 + (last - first + 1);
      }
      return extents;
    }
  };

  /** Physical addresses of x86-64 and AArch64 have at most 52 bits. */
  private static final long MAX_ADDRESS = 1L << 52;

  /**
   * Consecutive bytes of RAM.
   *
   * @param address of the first one
   * @param offset of the first one in the file
   */
  record Extent(long address, long offset, long bytes) {
    long end() {
      return address + bytes;
    }
  }

  /** Name on the command line where the format is known by its magic, else empty. */
  String importName() {
    return this == RAW ? "" : name().toLowerCase(Locale.ROOT);
  }

  /** Where RAM lies in a file. */
  abstract List<Extent> extents(FileChannel file, String name) throws IOException;

  /** The same, in ascending order, refused if empty or overlapping. */
  List<Extent> sortedExtents(FileChannel file, String name) throws IOException {
    var extents = new ArrayList<>(extents(file, name));
    extents.sort(Comparator.comparingLong(Extent::address));
    if (extents.isEmpty() || extents.getLast().bytes() == 0) {
      throw new DamagedFileException(name, 0, "expected RAM, found none");
    }
    if (extents.stream().mapToLong(Extent::bytes).sum() > file.size()) {
      throw new DamagedFileException(name, 0, "ranges of RAM overlap within the file");
    }
    for (int i = 1; i < extents.size(); i++) {
      Extent before = extents.get(i - 1);
      if (extents.get(i).address() < before.end()) {
        throw new DamagedFileException(
            name,
            extents.get(i).offset(),
            "address %x is there twice; dump physical memory, without paging"
                .formatted(extents.get(i).address()));
      }
    }
    return extents;
  }

  private static Extent extent(
      FileChannel file, String name, long at, long address, long offset, long bytes)
      throws IOException {
    if (address < 0 || bytes <= 0 || address > MAX_ADDRESS || bytes > MAX_ADDRESS - address) {
      throw new DamagedFileException(
          name,
          at,
          "expected a range of addresses below 2^52, found %d bytes at %x"
              .formatted(bytes, address));
    }
    if (offset < 0 || offset > file.size() || bytes > file.size() - offset) {
      throw new DamagedFileException(
          name,
          file.size(),
          "expected %d bytes of RAM from byte %d, found the end".formatted(bytes, offset));
    }
    return new Extent(address, offset, bytes);
  }

  private static ByteBuffer read(FileChannel file, String name, long at, int bytes, String what)
      throws IOException {
    var buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (at < 0) {
        throw new EOFException();
      }
      while (buffer.hasRemaining()) {
        if (file.read(buffer, at + buffer.position()) < 0) {
          throw new EOFException();
        }
      }
    } catch (EOFException e) {
      throw new DamagedFileException(
          name, Math.clamp(at, 0, file.size()), "expected " + what + ", found the end");
    }
    return buffer.flip();
  }

  private static void expect(
      String name, long at, String what, int expected, int found, @Nullable ByteBuffer start)
      throws DamagedFileException {
    if (found != expected) {
      throw new DamagedFileException(
          name,
          at,
          "expected "
              + what
              + ", found "
              + (start == null ? Integer.toString(found) : describe(start)));
    }
  }

  private static String describe(ByteBuffer start) {
    byte[] magic = new byte[8];
    start.get(0, magic);
    String text = new String(magic, StandardCharsets.ISO_8859_1);
    return '"' + text.replaceAll("[^ -~]", ".") + '"';
  }
}
