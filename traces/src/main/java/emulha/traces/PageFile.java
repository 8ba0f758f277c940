package emulha.traces;

import emulha.files.DamagedFileException;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * The layout of the files that hold pages, a base or one checkpoint: header, tables, pages.
 * Specified in {@code traces/FORMAT.md} (bit diagram, limits); all integers are little-endian.
 */
final class PageFile {
  static final long MAGIC = 0x53454741_50554D45L; // "EMUPAGES"
  static final int VERSION = 1;
  static final int BASE = 0;
  static final int CHECKPOINT = 1;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
  static final int PAGE_SIZE_OFFSET = VERSION_OFFSET + Integer.BYTES;
  static final int KIND_OFFSET = PAGE_SIZE_OFFSET + Integer.BYTES;
  static final int TABLES_CRC_OFFSET = KIND_OFFSET + Integer.BYTES;
  static final int SEQUENCE_OFFSET = TABLES_CRC_OFFSET + Integer.BYTES;
  static final int GUEST_TIME_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
  static final int PAGE_COUNT_OFFSET = GUEST_TIME_OFFSET + Long.BYTES;
  static final int PFNS_OFFSET_OFFSET = PAGE_COUNT_OFFSET + Long.BYTES;
  static final int SUMS_OFFSET_OFFSET = PFNS_OFFSET_OFFSET + Long.BYTES;
  static final int FREE_MAP_OFFSET_OFFSET = SUMS_OFFSET_OFFSET + Long.BYTES;
  static final int FREE_MAP_BYTES_OFFSET = FREE_MAP_OFFSET_OFFSET + Long.BYTES;
  static final int STATE_OFFSET_OFFSET = FREE_MAP_BYTES_OFFSET + Long.BYTES;
  static final int STATE_BYTES_OFFSET = STATE_OFFSET_OFFSET + Long.BYTES;
  static final int PAGES_OFFSET_OFFSET = STATE_BYTES_OFFSET + Long.BYTES;
  static final int FILE_BYTES_OFFSET = PAGES_OFFSET_OFFSET + Long.BYTES;
  static final int ZERO_OFFSET = FILE_BYTES_OFFSET + Long.BYTES;
  static final int HEADER_CRC_OFFSET = ZERO_OFFSET + Long.BYTES + Integer.BYTES;
  static final int HEADER_BYTES = HEADER_CRC_OFFSET + Integer.BYTES;

  /** Limits of version 1. */
  static final long MAX_PAGES = 1L << 40;

  static final long MAX_FREE_MAP_BYTES = MAX_PAGES / 8;
  static final long MAX_STATE_BYTES = 1L << 30;

  private PageFile() {}

  static final String BASE_NAME = "base.ckpt";

  static String checkpointName(long sequence) {
    return String.format(Locale.ROOT, "%06d.ckpt", sequence);
  }

  static int crc(byte[] bytes, int offset, int length) {
    var crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  static void expect(String file, int offset, String what, long expected, long found)
      throws DamagedFileException {
    if (found != expected) {
      throw new DamagedFileException(
          file, offset, "expected " + what + " " + expected + ", found " + found);
    }
  }

  /**
   * The header's variable facts; all offsets follow from them.
   *
   * @param pageSize size of its pages
   * @param kind {@link #BASE} or {@link #CHECKPOINT}
   * @param tablesCrc CRC32C of all bytes between header and pages
   */
  record Header(
      PageSize pageSize,
      int kind,
      int tablesCrc,
      long sequence,
      long guestTimeNs,
      long pages,
      long freeMapBytes,
      long stateBytes) {
    Header {
      if (pages < 0
          || pages > MAX_PAGES
          || freeMapBytes < 0
          || freeMapBytes > MAX_FREE_MAP_BYTES
          || stateBytes < 0
          || stateBytes > MAX_STATE_BYTES) {
        throw new IllegalArgumentException(
            "beyond the format's limits: %s pages, free map of %s bytes, state of %s bytes"
                .formatted(pages, freeMapBytes, stateBytes));
      }
    }

    long pfnsOffset() {
      return HEADER_BYTES;
    }

    long sumsOffset() {
      return pfnsOffset() + pages * Long.BYTES;
    }

    long freeMapOffset() {
      return sumsOffset() + pages * Integer.BYTES;
    }

    long stateOffset() {
      return freeMapOffset() + freeMapBytes;
    }

    long pagesOffset() {
      return (stateOffset() + stateBytes + Page.BYTES - 1) & -Page.BYTES;
    }

    long fileBytes() {
      return pagesOffset() + pageSize.bytesOf(pages);
    }

    Header withTablesCrc(int crc) {
      return new Header(
          pageSize, kind, crc, sequence, guestTimeNs, pages, freeMapBytes, stateBytes);
    }

    byte[] format() {
      byte[] bytes = new byte[HEADER_BYTES];
      var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      header.putLong(MAGIC_OFFSET, MAGIC);
      header.putInt(VERSION_OFFSET, VERSION);
      header.putInt(PAGE_SIZE_OFFSET, pageSize.bytes());
      header.putInt(KIND_OFFSET, kind);
      header.putInt(TABLES_CRC_OFFSET, tablesCrc);
      header.putLong(SEQUENCE_OFFSET, sequence);
      header.putLong(GUEST_TIME_OFFSET, guestTimeNs);
      header.putLong(PAGE_COUNT_OFFSET, pages);
      header.putLong(PFNS_OFFSET_OFFSET, pfnsOffset());
      header.putLong(SUMS_OFFSET_OFFSET, sumsOffset());
      header.putLong(FREE_MAP_OFFSET_OFFSET, freeMapOffset());
      header.putLong(FREE_MAP_BYTES_OFFSET, freeMapBytes);
      header.putLong(STATE_OFFSET_OFFSET, stateOffset());
      header.putLong(STATE_BYTES_OFFSET, stateBytes);
      header.putLong(PAGES_OFFSET_OFFSET, pagesOffset());
      header.putLong(FILE_BYTES_OFFSET, fileBytes());
      header.putInt(HEADER_CRC_OFFSET, crc(bytes, 0, HEADER_CRC_OFFSET));
      return bytes;
    }

    /** Parses and checks a header of pages of a size; {@code file} is named in errors. */
    static Header parse(byte[] bytes, PageSize pageSize, String file) throws DamagedFileException {
      var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (header.getLong(MAGIC_OFFSET) != MAGIC) {
        throw new DamagedFileException(
            file,
            MAGIC_OFFSET,
            "expected the magic \"EMUPAGES\", found \"" + printable(bytes) + '"');
      }
      long version = Integer.toUnsignedLong(header.getInt(VERSION_OFFSET));
      expect(file, VERSION_OFFSET, "version", VERSION, version);
      long pageBytes = Integer.toUnsignedLong(header.getInt(PAGE_SIZE_OFFSET));
      expect(file, PAGE_SIZE_OFFSET, "page size", pageSize.bytes(), pageBytes);
      int crc = crc(bytes, 0, HEADER_CRC_OFFSET);
      if (header.getInt(HEADER_CRC_OFFSET) != crc) {
        throw new DamagedFileException(
            file, MAGIC_OFFSET, "the header's checksum is wrong; get the file anew");
      }
      Header parsed;
      try {
        parsed =
            new Header(
                pageSize,
                header.getInt(KIND_OFFSET),
                header.getInt(TABLES_CRC_OFFSET),
                header.getLong(SEQUENCE_OFFSET),
                header.getLong(GUEST_TIME_OFFSET),
                header.getLong(PAGE_COUNT_OFFSET),
                header.getLong(FREE_MAP_BYTES_OFFSET),
                header.getLong(STATE_BYTES_OFFSET));
      } catch (IllegalArgumentException e) {
        throw new DamagedFileException(file, PAGE_COUNT_OFFSET, String.valueOf(e.getMessage()));
      }
      byte[] canonical = parsed.format();
      for (int i = 0; i < HEADER_BYTES; i++) {
        if (canonical[i] != bytes[i]) {
          throw new DamagedFileException(
              file, i, "this header field contradicts the others of version " + VERSION);
        }
      }
      return parsed;
    }

    private static String printable(byte[] bytes) {
      return new String(bytes, 0, Long.BYTES, StandardCharsets.ISO_8859_1)
          .replaceAll("[^ -~]", ".");
    }
  }
}
