package emulha.traces;

import emulha.files.DamagedFileException;
import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.Page;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one {@link PageFile} front to back, each part checked before it is handed on. Holds the
 * tables (12 bytes a page), never the pages.
 */
final class PageFileReader implements AutoCloseable {
  private static final int STEP = 1 << 16;

  private final InputStream in;
  private final String file;
  private final PageFile.Header header;
  private final CRC32C tablesCrc = new CRC32C();
  private final long[] pfns;
  private final int[] sums;
  private final @Nullable FreeMap freeMap;
  private final byte @Nullable [] state;
  private long position;
  private int next;

  private PageFileReader(
      SeriesFiles.Opened opened, SeriesDescription series, int kind, long sequence)
      throws IOException {
    in = opened.content();
    file = opened.shownAs();
    long ramPages = series.ramPages();
    byte[] bytes = new byte[PageFile.HEADER_BYTES];
    readFully(bytes, 0, bytes.length, "the header");
    header = PageFile.Header.parse(bytes, series.pageSize(), file);
    PageFile.expect(file, PageFile.KIND_OFFSET, "kind", kind, header.kind());
    PageFile.expect(file, PageFile.SEQUENCE_OFFSET, "sequence number", sequence, header.sequence());
    if (header.guestTimeNs() < CheckpointHeader.UNKNOWN_GUEST_TIME) {
      throw damaged(PageFile.GUEST_TIME_OFFSET, "impossible guest time");
    }
    boolean base = kind == PageFile.BASE;
    long most = base ? series.memory().basePages() : ramPages;
    if (header.pages() > most || (base && header.pages() < most)) {
      throw damaged(
          PageFile.PAGE_COUNT_OFFSET,
          "expected %s%d pages, found %d".formatted(base ? "" : "at most ", most, header.pages()));
    }
    if (header.freeMapBytes() > (ramPages + 7) / 8) {
      throw damaged(
          PageFile.FREE_MAP_BYTES_OFFSET,
          "expected a free map of at most %s bytes, found %s"
              .formatted((ramPages + 7) / 8, header.freeMapBytes()));
    }
    if (header.fileBytes() != opened.bytes()) {
      throw damaged(
          Math.min(header.fileBytes(), opened.bytes()),
          "expected a file of " + header.fileBytes() + " bytes, found " + opened.bytes());
    }
    pfns = readPfns();
    sums = readSums();
    byte[] map = readTable(header.freeMapBytes(), "the free map").array();
    freeMap = map.length == 0 ? null : new FreeMap(map);
    byte[] recorded = readTable(header.stateBytes(), "the state").array();
    state = recorded.length == 0 ? null : recorded;
    byte[] padding = readTable(header.pagesOffset() - position, "the padding").array();
    if ((int) tablesCrc.getValue() != header.tablesCrc()) {
      throw damaged(
          PageFile.HEADER_BYTES,
          "the checksum of the tables that end at byte "
              + header.pagesOffset()
              + " is wrong; get the file anew");
    }
    if (!Page.isZero(padding, 0, padding.length)) {
      throw damaged(header.stateOffset() + header.stateBytes(), "expected zeros before the pages");
    }
    for (int i = 0; i < pfns.length; i++) {
      if (pfns[i] < 0 || pfns[i] >= ramPages || (i > 0 && pfns[i] <= pfns[i - 1])) {
        throw damaged(
            header.pfnsOffset() + (long) i * Long.BYTES,
            "expected ascending page frame numbers below %s, found %s"
                .formatted(ramPages, Long.toUnsignedString(pfns[i])));
      }
    }
  }

  /**
   * Begins to read a base.
   *
   * @param file closed with the reader, or if it is refused
   * @param series what its series says of itself
   */
  static PageFileReader ofBase(SeriesFiles.Opened file, SeriesDescription series)
      throws IOException {
    return of(file, series, PageFile.BASE, 0);
  }

  /** The same, of the checkpoint of this number. */
  static PageFileReader ofCheckpoint(
      SeriesFiles.Opened file, SeriesDescription series, long sequence) throws IOException {
    return of(file, series, PageFile.CHECKPOINT, sequence);
  }

  private static PageFileReader of(
      SeriesFiles.Opened file, SeriesDescription series, int kind, long sequence)
      throws IOException {
    try {
      return new PageFileReader(file, series, kind, sequence);
    } catch (IOException | RuntimeException e) {
      file.content().close();
      throw e;
    }
  }

  PageFile.Header header() {
    return header;
  }

  byte @Nullable [] state() {
    return state;
  }

  @Nullable FreeMap freeMap() {
    return freeMap;
  }

  int pages() {
    return pfns.length;
  }

  /**
   * Reads the next pages, at most {@code maxPages}, into a cleared {@code into}, which takes on
   * their size, with the free map.
   *
   * @return false when there are no more
   */
  boolean read(int maxPages, DirtyPages into) throws IOException {
    into.clear(header.pageSize());
    if (next == pfns.length) {
      return false;
    }
    into.setFreeMap(freeMap);
    int pageBytes = header.pageSize().bytes();
    int end = next + Math.min(maxPages, pfns.length - next);
    while (next < end) {
      int first = into.append(pfns[next]);
      byte[] slab = into.slab(first);
      int offset = into.offset(first);
      int run = 1;
      while (next + run < end && offset + run * pageBytes < slab.length) {
        into.append(pfns[next + run++]);
      }
      readFully(slab, offset, run * pageBytes, "the pages");
      for (int i = 0; i < run; i++) {
        if (PageFile.crc(slab, offset + i * pageBytes, pageBytes) != sums[next + i]) {
          throw damaged(
              header.pagesOffset() + header.pageSize().bytesOf(next + i),
              "the checksum of page frame " + pfns[next + i] + " is wrong; get the file anew");
        }
      }
      next += run;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** The array grows with what really arrives, so that a lying header cannot exhaust the heap. */
  private long[] readPfns() throws IOException {
    int count = Math.toIntExact(header.pages());
    long[] values = {};
    for (int done = 0; done < count; ) {
      int n = Math.min(STEP / Long.BYTES, count - done);
      ByteBuffer table = readTable((long) n * Long.BYTES, "the page frame numbers");
      if (done + n > values.length) {
        values = Arrays.copyOf(values, (int) Math.min(count, Math.max(STEP, 2L * values.length)));
      }
      table.asLongBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  private int[] readSums() throws IOException {
    int[] values = new int[pfns.length];
    for (int done = 0; done < values.length; ) {
      int n = Math.min(STEP / Integer.BYTES, values.length - done);
      readTable((long) n * Integer.BYTES, "the page checksums").asIntBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  private ByteBuffer readTable(long length, String what) throws IOException {
    byte[] bytes = in.readNBytes(Math.toIntExact(length));
    position += bytes.length;
    if (bytes.length < length) {
      throw damaged(position, "the file ends within " + what);
    }
    tablesCrc.update(bytes, 0, bytes.length);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void readFully(byte[] bytes, int offset, int length, String what) throws IOException {
    int got = in.readNBytes(bytes, offset, length);
    position += got;
    if (got < length) {
      throw damaged(position, "the file ends within " + what);
    }
  }

  private DamagedFileException damaged(long offset, String reason) {
    return new DamagedFileException(file, offset, reason);
  }
}
