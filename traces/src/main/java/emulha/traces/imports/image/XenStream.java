package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The RAM of a guest that Xen saved, migrated or protected by Remus (its specifications {@code
 * libxc-migration-stream} revision 3 and {@code libxl-migration-stream} revision 2): pages, each as
 * often as it was sent, up to the end or to a checkpoint, after which those written since follow,
 * up to the next. Three layers, of which a file may lack the outer ones. Numbers are little-endian,
 * but for those of the two headers marked:
 *
 * <pre>
 *   xl       "Xen saved domain, xl format\n \0 \r"  u32 01020304  u32 mandatory flags (1: stream 2)
 *            u32 optional flags  u32 length of the guest's configuration, which follows
 *   libxl    "LibxlFmt"  u32 version 2  u32 options (bit 0: big-endian)           [big-endian]
 *            records: 0 end, 1 libxc's headers and records follow, 2 and 3 of the device model,
 *            4 end of a checkpoint: libxc's records follow, 5 COLO
 *   libxc    ff ff ff ff ff ff ff ff "XENF"  u32 version  u16 options  6 bytes    [big-endian]
 *            u32 type (1 PV, 2 HVM or PVH)  u16 log2 of a page  u16  u32 major  u32 minor
 *            records: 0 end, 1 pages, 2 PV guest, 3 its p2m frames, 8 TSC, d pages again, to
 *            compare, e checkpoint, f COLO, the others of CPUs and devices
 *   record   u32 type (from 80000000 on: may be ignored)  u32 length  body  zeros up to 8 bytes
 *   8 TSC    u32 mode  u32 kHz  u64 ns elapsed  u32  u32
 *   1 pages  u32 count  u32  u64 each: bits 63-60 type, 51-0 page frame; then the pages that have
 *            content: not those of the types d broken, e allocated only, f invalid
 * </pre>
 *
 * <p>Pages of a PV guest's page tables (types 1 to 4, pinned 9 to c) hold page frames in place of
 * machine frames, and nothing in place of Xen's own entries; all others are as in RAM. What the
 * other records say is not read. Kept in memory: 8 bytes for each page that was sent since the
 * checkpoint before, and for its neighbours. Not thread-safe.
 */
final class XenStream {
  private static final String XL = "Xen saved domain";
  private static final int XL_HEADER_BYTES = 48;
  private static final int XL_BYTE_ORDER = 0x01020304;
  private static final int XL_STREAM_2 = 2;
  private static final long LIBXL = 0x4c6962786c466d74L;
  private static final int LIBXL_HEADER_BYTES = 16;
  private static final int LIBXC = 0x58454e46;
  private static final int LIBXC_HEADER_BYTES = 40;
  private static final int RECORD_BYTES = 8;
  private static final int MAX_BODY_BYTES = 128 << 20;

  private static final int END = 0;
  private static final int OPTIONAL = 0x80000000;

  private static final int LIBXC_CONTEXT = 1;
  private static final int EMULATOR_XENSTORE = 2;
  private static final int EMULATOR_CONTEXT = 3;
  private static final int CHECKPOINT_END = 4;
  private static final int CHECKPOINT_STATE = 5;

  private static final int PAGES = 0x01;
  private static final int P2M_FRAMES = 0x03;
  private static final int TSC = 0x08;
  private static final int VERIFY = 0x0d;
  private static final int CHECKPOINT = 0x0e;
  private static final int DIRTY_LIST = 0x0f;
  private static final int LAST_KNOWN = 0x12;

  private static final int PV = 1;
  private static final int HVM = 2;

  /** From this type on, pages have no content; only those allocated exist. */
  private static final int BROKEN = 0xd;

  private static final int ALLOCATED = 0xe;

  /** What a page is that has no content in the stream; others are places of their contents. */
  static final long GONE = -1;

  /** The same, of one that exists. */
  static final long EMPTY = -2;

  private final Input file;
  private final boolean libxl;
  private int version;
  private int guest;
  private String hypervisor = "";
  private long lastFrame = -1;
  private boolean inLibxc;
  private boolean verifying;
  private long elapsedNs;
  private boolean ended;
  private int states;

  /** Where the next record begins. */
  private long at;

  /** Where the last consistent state ended. */
  private long complete;

  /**
   * What was sent of each page last, in ascending order of frames: the place of its content, {@link
   * #GONE} or {@link #EMPTY}.
   */
  static final class Sent {
    private static final int SHIFT = 6;

    /** So many stretches are kept, however small the file. */
    private static final int ALWAYS = 1 << 15;

    /** Stretches of 64 frames, by their numbers; 0 is a page not sent. */
    private final TreeMap<Long, long[]> stretches = new TreeMap<>();

    private long most = ALWAYS;

    void put(long frame, long place) {
      long[] stretch = stretches.computeIfAbsent(frame >>> SHIFT, _ -> new long[1 << SHIFT]);
      stretch[(int) (frame & ((1 << SHIFT) - 1))] = place;
    }

    /**
     * Requires that what is kept is in proportion to the file: a stretch takes 512 bytes, and its
     * pages as many, but one that is sent without content takes 8 and may have a stretch to itself.
     *
     * @param at where the last page was
     */
    void requireWithin(Input file, long at) throws IOException {
      if (stretches.size() > most) {
        most = Math.max(ALWAYS, file.size() >>> (SHIFT + 3));
        if (stretches.size() > most) {
          throw file.damaged(
              at,
              "page frames without content, scattered over more memory than the file has bytes");
        }
      }
    }

    /** What was sent of a page; 0 if nothing was. */
    long get(long frame) {
      long[] stretch = stretches.get(frame >>> SHIFT);
      return stretch == null ? 0 : stretch[(int) (frame & ((1 << SHIFT) - 1))];
    }

    void forEach(Visitor visitor) throws IOException {
      for (Map.Entry<Long, long[]> stretch : stretches.entrySet()) {
        for (int i = 0; i < 1 << SHIFT; i++) {
          if (stretch.getValue()[i] != 0) {
            visitor.page((stretch.getKey() << SHIFT) + i, stretch.getValue()[i]);
          }
        }
      }
    }

    /** The pages that exist. */
    AddressRanges ranges() throws IOException {
      var ranges = new ArrayList<AddressRanges.Range>();
      forEach(
          (frame, place) -> {
            if (place == GONE) {
              return;
            }
            long first = frame;
            if (!ranges.isEmpty()
                && ranges.getLast().firstPage() + ranges.getLast().pages() == frame) {
              first = ranges.removeLast().firstPage();
            }
            ranges.add(new AddressRanges.Range(first, frame + 1 - first));
          });
      return new AddressRanges(ranges);
    }

    @FunctionalInterface
    interface Visitor {
      void page(long frame, long place) throws IOException;
    }
  }

  private XenStream(Input file, boolean libxl) {
    this.file = file;
    this.libxl = libxl;
  }

  /** Opens a stream and reads its headers. */
  static XenStream open(Input file) throws IOException {
    long at = 0;
    String start = file.start(XL.length());
    boolean xl = start.equals(XL);
    if (xl) {
      ByteBuffer header = file.bytes(0, XL_HEADER_BYTES, "xl's header of 48 bytes");
      if (header.getInt(32) != XL_BYTE_ORDER) {
        throw file.damaged(
            32, "expected the byte order 01020304, found %08x".formatted(header.getInt(32)));
      }
      if ((header.getInt(36) & XL_STREAM_2) == 0) {
        throw file.damaged(36, "a stream of Xen 4.5 or earlier, whose format is another");
      }
      at = XL_HEADER_BYTES + Integer.toUnsignedLong(header.getInt(44));
    }
    boolean libxl = xl || start.startsWith("LibxlFmt");
    if (libxl) {
      ByteBuffer header =
          file.bytes(at, LIBXL_HEADER_BYTES, "libxl's header of 16 bytes")
              .order(ByteOrder.BIG_ENDIAN);
      if (header.getLong(0) != LIBXL) {
        throw file.damaged(at, "expected the magic \"LibxlFmt\" of a libxl stream");
      }
      file.require(header.getInt(8) == 2, at + 8, "version 2", header.getInt(8));
      requireLittleEndian(file, header.getInt(12), at + 12);
      at += LIBXL_HEADER_BYTES;
    }
    var stream = new XenStream(file, libxl);
    stream.at = at;
    if (!libxl) {
      stream.libxcHeader();
    }
    return stream;
  }

  private static void requireLittleEndian(Input file, int options, long at) throws IOException {
    file.require((options & 1) == 0, at, "a little-endian stream", "a big-endian one");
  }

  private void libxcHeader() throws IOException {
    ByteBuffer header = file.bytes(at, LIBXC_HEADER_BYTES, "libxc's headers of 40 bytes");
    header.order(ByteOrder.BIG_ENDIAN);
    if (header.getLong(0) != -1 || header.getInt(8) != LIBXC) {
      throw file.damaged(
          at, "expected the magic of a stream of Xen: 8 bytes ff, \"XENF\", or \"LibxlFmt\"");
    }
    version = header.getInt(12);
    file.require(version == 2 || version == 3, at + 12, "version 2 or 3", version);
    requireLittleEndian(file, header.getShort(16), at + 16);
    header.order(ByteOrder.LITTLE_ENDIAN);
    guest = header.getInt(24);
    boolean known = guest == PV || guest == HVM;
    file.require(known, at + 24, "a guest of type 1 (x86 PV) or 2 (x86 HVM)", guest);
    int shift = Short.toUnsignedInt(header.getShort(28));
    file.require(shift == Page.SHIFT, at + 28, "pages of 2^12 bytes", "2^" + shift);
    hypervisor =
        "%s.%s"
            .formatted(
                Integer.toUnsignedString(header.getInt(32)),
                Integer.toUnsignedString(header.getInt(36)));
    at += LIBXC_HEADER_BYTES;
    inLibxc = true;
  }

  /** Whether the stream has come to its end, so that nothing is missing. */
  boolean ended() {
    return ended;
  }

  /**
   * What the guest's counter of time stood at when the last state was sent, in nanoseconds, time
   * that the guest was stopped included; 0 if the stream does not say, as of counters that Xen
   * leaves alone.
   */
  long elapsedNs() {
    return elapsedNs;
  }

  /** Where the last consistent state ended; what follows it is a part of another. */
  long complete() {
    return complete;
  }

  /** What a series says of the guest. */
  Map<String, String> facts() {
    var facts = new LinkedHashMap<String, String>();
    facts.put(
        "xen",
        "%s, stream version %d, guest x86 %s"
            .formatted(hypervisor, version, guest == PV ? "PV" : "HVM or PVH"));
    if (guest == PV) {
      facts.put(
          "page_tables",
          "as Xen saves them: page frames in place of machine frames, Xen's own entries zero");
    }
    return facts;
  }

  /**
   * Reads up to the next consistent state: the end, or a checkpoint.
   *
   * @return the pages sent since the one before; null if there is no further one, because the
   *     stream ended or, after a checkpoint, because the file did
   * @throws IOException if the file ends before the first one, or contradicts itself
   */
  @Nullable Sent next() throws IOException {
    if (ended) {
      return null;
    }
    var sent = new Sent();
    boolean whole = false;
    elapsedNs = 0;
    while (true) {
      if (states > 0 && !whole && !recordIsThere()) {
        return null;
      }
      if (inLibxc) {
        int type = libxcRecord(sent);
        if (type == END || type == CHECKPOINT) {
          verifying = false;
          whole = type == END;
          ended = type == END && !libxl;
          inLibxc = type == CHECKPOINT && !libxl;
          if (!libxl) {
            break;
          }
        }
      } else {
        int type = libxlRecord();
        if (type == CHECKPOINT_END) {
          inLibxc = true;
          break;
        } else if (type == END) {
          if (!whole) {
            throw file.damaged(
                at - RECORD_BYTES, "expected the end of a state of RAM before that of the stream");
          }
          ended = true;
          break;
        }
      }
    }
    states++;
    complete = at;
    return sent;
  }

  /** Whether the file holds the whole next record. */
  private boolean recordIsThere() throws IOException {
    long left = file.size() - at;
    if (left < RECORD_BYTES) {
      return false;
    }
    long length = Integer.toUnsignedLong(file.bytes(at, RECORD_BYTES, "a record").getInt(4));
    return length > MAX_BODY_BYTES || padded(length) <= left - RECORD_BYTES;
  }

  private static long padded(long length) {
    return (length + 7) & -8;
  }

  /** Passes a record's header and returns it. */
  private ByteBuffer record() throws IOException {
    ByteBuffer header = file.bytes(at, RECORD_BYTES, "a record");
    long length = Integer.toUnsignedLong(header.getInt(4));
    file.require(length <= MAX_BODY_BYTES, at + 4, "a record of at most 128 MiB", length);
    at += RECORD_BYTES;
    if (padded(length) > file.size() - at) {
      throw file.damaged(
          file.size(),
          "expected %d bytes of a record from byte %d, found the end".formatted(length, at));
    }
    return header;
  }

  /** Reads a record of libxl and returns its type. */
  private int libxlRecord() throws IOException {
    long start = at;
    ByteBuffer header = record();
    int type = header.getInt(0);
    int length = header.getInt(4);
    switch (type) {
      case END, CHECKPOINT_END -> {
        empty(start, length);
        if (type == CHECKPOINT_END && version == 0) {
          throw file.damaged(start, "expected RAM before the end of a checkpoint");
        }
      }
      case LIBXC_CONTEXT -> {
        empty(start, length);
        if (version != 0) {
          throw file.damaged(start, "RAM is there twice");
        }
        libxcHeader();
      }
      case EMULATOR_XENSTORE, EMULATOR_CONTEXT -> at += padded(length);
      case CHECKPOINT_STATE -> throw colo(start);
      default -> unknown(start, type, length);
    }
    return type;
  }

  /** Reads a record of libxc and returns its type. */
  private int libxcRecord(Sent sent) throws IOException {
    long start = at;
    ByteBuffer header = record();
    int type = header.getInt(0);
    int length = header.getInt(4);
    switch (type) {
      case END, CHECKPOINT -> empty(start, length);
      case VERIFY -> {
        empty(start, length);
        verifying = true;
      }
      case PAGES -> pages(start, length, sent);
      case P2M_FRAMES -> {
        file.require(length >= 8, start + 4, "p2m frames of 8 bytes or more", length);
        ByteBuffer frames = file.bytes(at, 8, "p2m frames");
        lastFrame = Integer.toUnsignedLong(frames.getInt(4));
        at += padded(length);
      }
      case TSC -> {
        file.require(length >= 16, start + 4, "a TSC of 16 bytes or more", length);
        elapsedNs = file.bytes(at + 8, 8, "a TSC").getLong(0);
        at += padded(length);
      }
      case DIRTY_LIST -> throw colo(start);
      default -> {
        if (type < 0 || type > LAST_KNOWN) {
          unknown(start, type, length);
        } else {
          at += padded(length);
        }
      }
    }
    return type;
  }

  private void empty(long start, int length) throws IOException {
    file.require(length == 0, start + 4, "a record without a body", length + " bytes");
  }

  private IOException colo(long start) {
    return file.damaged(
        start,
        "a stream of COLO, whose pages are also those that the secondary wrote; record with Remus");
  }

  private void unknown(long start, int type, int length) throws IOException {
    if ((type & OPTIONAL) == 0) {
      throw file.damaged(
          start,
          "unknown record %x, which may not be ignored: of a later Xen, or damage".formatted(type));
    }
    at += padded(length);
  }

  private void pages(long start, int length, Sent sent) throws IOException {
    if (guest == PV && lastFrame < 0) {
      throw file.damaged(start, "expected p2m frames before pages");
    }
    long count = length < 16 ? 0 : Integer.toUnsignedLong(file.bytes(at, 4, "a count").getInt(0));
    boolean fits = count > 0 && count <= (length - 8) / 8;
    file.require(fits, start + 4, "pages", count + " in " + length + " bytes");
    ByteBuffer frames = file.bytes(at + 8, (int) (8 * count), "page frames");
    long content = at + 8 + 8 * count;
    for (int i = 0; i < count; i++) {
      long word = frames.getLong(8 * i);
      long frame = word & ((1L << 52) - 1);
      int type = (int) (word >>> 60);
      if (guest == PV ? frame > lastFrame : frame >= ImageFormat.MAX_ADDRESS >>> Page.SHIFT) {
        throw file.damaged(
            at + 8 + 8L * i, "page frame %x lies beyond the guest's memory".formatted(frame));
      }
      boolean pageTable = type > 0 && type < BROKEN;
      if ((type >= 5 && type <= 8) || (guest == HVM && pageTable)) {
        throw file.damaged(at + 8 + 8L * i, "unknown type of page %x".formatted(type));
      }
      long place = type == ALLOCATED ? EMPTY : type >= BROKEN ? GONE : content;
      if (place > 0) {
        content += Page.BYTES;
      }
      if (!verifying) {
        sent.put(frame, place);
        sent.requireWithin(file, at + 8 + 8L * i);
      }
    }
    long bytes = content - at;
    file.require(length == bytes, start + 4, "a record of " + bytes + " bytes", length);
    at += padded(length);
  }

  /** Reads the content of a page; zeros where the stream has none. */
  void read(long place, byte[] into, int offset) throws IOException {
    if (place > 0) {
      file.fill(ByteBuffer.wrap(into, offset, Page.BYTES), place);
    } else {
      Arrays.fill(into, offset, offset + Page.BYTES, (byte) 0);
    }
  }

  /** The RAM of a stream of one state. */
  static Ram ram(Input file) throws IOException {
    XenStream stream = open(file);
    Sent sent = stream.next();
    file.require(
        stream.ended(),
        stream.complete(),
        "the end after one state of RAM",
        "a checkpoint; import a stream of Remus as a file of its own");
    AddressRanges ranges = sent.ranges();
    return Ram.ofPages(
        ranges,
        (frame, into) -> stream.read(sent.get(ranges.from(frame).firstPage()), into, 0),
        stream.facts());
  }
}
