package emulha.traces.exports;

import emulha.memory.AddressRanges;
import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import emulha.traces.imports.image.ImageFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the RAM image that a series leads to as an ELF64 core file of guest-physical memory, as
 * QEMU's {@code dump-guest-memory} writes it without paging: a PT_LOAD segment for each range of
 * addresses (System V ABI, chapter 5), in the order of the addresses and of the file. It has no
 * notes: a recording's device state is in its hypervisor's form. What {@link ImageFormat#ELF}
 * reads.
 */
public final class ElfExport {
  private static final int HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;
  private static final int CORE = 4;
  private static final int LOAD = 1;
  private static final int READ_WRITE_EXECUTE = 7;

  /** More do not fit the header's count. */
  private static final int MAX_SEGMENTS = 0xfffe;

  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;
  private static final int UNKNOWN_MACHINE = 0;

  private static final Pattern RANGE = Pattern.compile("([0-9a-f]{1,16})-([0-9a-f]{1,16})");

  private ElfExport() {}

  /** Addresses from {@code from} up to, not including, {@code to}. */
  private record Range(long from, long to) {}

  /**
   * Writes the image.
   *
   * @param checkpoints how many checkpoints to apply, as for {@link SeriesImage}
   * @param file must not exist
   * @param progress told in checkpoints
   * @throws IOException if the series says of its addresses what no such file can hold
   */
  public static void write(Series series, int checkpoints, Path file, Progress progress)
      throws IOException {
    SeriesInfo info = series.info();
    List<Range> ranges = ranges(info);
    int align = PageSize.MIN_BYTES;
    int start = (HEADER_BYTES + ranges.size() * SEGMENT_BYTES + align - 1) / align * align;
    ByteBuffer header = ByteBuffer.allocate(start).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    header.putShort((short) CORE).putShort((short) machine(info.pageSize())).putInt(1);
    header.putLong(0).putLong(HEADER_BYTES).putLong(0).putInt(0);
    header.putShort((short) HEADER_BYTES).putShort((short) SEGMENT_BYTES);
    header.putShort((short) ranges.size()).putShort((short) 64).putShort((short) 0);
    header.putShort((short) 0);
    long offset = start;
    for (Range range : ranges) {
      long bytes = range.to - range.from;
      header.putInt(LOAD).putInt(READ_WRITE_EXECUTE).putLong(offset);
      header.putLong(range.from).putLong(range.from).putLong(bytes).putLong(bytes).putLong(align);
      offset += bytes;
    }
    SeriesImage.write(series, checkpoints, header.array(), file, progress);
  }

  /** What has pages of this size; where several have, the one that recordings come from. */
  private static int machine(PageSize pageSize) {
    return switch (pageSize.bytes()) {
      case 4096, 2 << 20 -> X86_64;
      case 16 << 10, 64 << 10 -> AARCH64;
      default -> UNKNOWN_MACHINE;
    };
  }

  /** Where the series says that its page frames were; else one after the other from 0. */
  private static List<Range> ranges(SeriesInfo info) throws IOException {
    String text = info.description().environment().get(AddressRanges.KEY);
    if (text == null) {
      return List.of(new Range(0, info.ramBytes()));
    }
    var ranges = new ArrayList<Range>();
    long total = 0;
    long end = 0;
    for (String part : text.split(" ", -1)) {
      Matcher range = RANGE.matcher(part);
      long from = range.matches() ? Long.parseUnsignedLong(range.group(1), 16) : -1;
      long to = range.matches() ? Long.parseUnsignedLong(range.group(2), 16) : -1;
      if (from < end || to <= from || to > ImageFormat.MAX_ADDRESS) {
        throw new IOException(
            "%s: '%s' in its %s is no range of physical addresses; export raw"
                .formatted(info.name(), part, AddressRanges.KEY));
      }
      ranges.add(new Range(from, to));
      total += to - from;
      end = to;
    }
    if (total != info.ramBytes() || ranges.size() > MAX_SEGMENTS) {
      throw new IOException(
          "%s: its %s are %d ranges of %d bytes together, its RAM has %d; export raw"
              .formatted(info.name(), AddressRanges.KEY, ranges.size(), total, info.ramBytes()));
    }
    return ranges;
  }
}
