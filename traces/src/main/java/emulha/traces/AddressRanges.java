package emulha.traces;

import emulha.memory.PageSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Page frames numbered densely over ranges of an address space with gaps: frame 0 is the first page
 * of the lowest range, and so on through all ranges. This is how a process, or RAM around a device
 * hole, becomes the RAM of a series; {@link #toString} is what the series records of it.
 */
final class AddressRanges {
  /** Name of the fact in a series' environment. */
  static final String KEY = "address_ranges";

  private final PageSize pageSize;
  private final long[] firstPages;
  private final long[] firstFrames;
  private final long frames;

  /**
   * @param ranges in ascending order, without overlap
   */
  AddressRanges(List<Range> ranges) {
    this(ranges, PageSize.SMALL);
  }

  /**
   * @param ranges in ascending order, without overlap, in pages of a size
   */
  AddressRanges(List<Range> ranges, PageSize pageSize) {
    this.pageSize = pageSize;
    var joined = new ArrayList<Range>();
    for (Range range : ranges) {
      Range last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && last.firstPage() + last.pages() == range.firstPage()) {
        joined.set(joined.size() - 1, new Range(last.firstPage(), last.pages() + range.pages()));
      } else {
        joined.add(range);
      }
    }
    firstPages = joined.stream().mapToLong(Range::firstPage).toArray();
    firstFrames = new long[joined.size()];
    long frame = 0;
    for (int i = 0; i < firstFrames.length; i++) {
      firstFrames[i] = frame;
      frame = Math.addExact(frame, joined.get(i).pages());
    }
    frames = frame;
  }

  /** The pages that hold bytes of these extents, which are in ascending order. */
  static AddressRanges of(List<Ram.Extent> extents, PageSize pageSize) {
    var ranges = new ArrayList<Range>();
    long next = 0;
    for (Ram.Extent extent : extents) {
      // Ranges of firmware may begin or end within a page.
      long first = Math.max(next, pageSize.pagesIn(extent.address()));
      next = pageSize.pagesIn(extent.end() + pageSize.bytes() - 1);
      if (next > first) {
        ranges.add(new Range(first, next - first));
      }
    }
    return new AddressRanges(ranges, pageSize);
  }

  /**
   * Consecutive pages of an address space.
   *
   * @param firstPage address of the first one divided by the size of a page
   */
  record Range(long firstPage, long pages) {}

  /** Number of page frames. */
  long frames() {
    return frames;
  }

  /** Frame of a page that lies in one of the ranges. */
  long frameOf(long page) {
    int i = Arrays.binarySearch(firstPages, page);
    int range = i >= 0 ? i : -i - 2;
    return firstFrames[range] + page - firstPages[range];
  }

  /** The stretch of consecutive pages that begins with a frame. */
  Range from(long frame) {
    int i = Arrays.binarySearch(firstFrames, frame);
    int range = i >= 0 ? i : -i - 2;
    long end = range + 1 < firstFrames.length ? firstFrames[range + 1] : frames;
    return new Range(firstPages[range] + frame - firstFrames[range], end - frame);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddressRanges that
        && frames == that.frames
        && pageSize.equals(that.pageSize)
        && Arrays.equals(firstPages, that.firstPages)
        && Arrays.equals(firstFrames, that.firstFrames);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(firstPages);
  }

  /** Begin and end (exclusive) of each range, hexadecimal: {@code 1000-3000 7f00-8000}. */
  @Override
  public String toString() {
    return Arrays.stream(firstFrames)
        .mapToObj(this::from)
        .map(
            range ->
                Long.toHexString(pageSize.bytesOf(range.firstPage()))
                    + "-"
                    + Long.toHexString(pageSize.bytesOf(range.firstPage() + range.pages())))
        .collect(Collectors.joining(" "));
  }
}
