package emulha.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Page frames numbered densely over ranges of an address space with gaps: frame 0 is the first page
 * of the lowest range, and so on through all ranges. This is how a process, or RAM around a device
 * hole, becomes the RAM of a series; {@link #toString} is what the series records of it.
 */
public final class AddressRanges {
  /** Name of the fact in a series' environment. */
  public static final String KEY = "address_ranges";

  private final PageSize pageSize;
  private final long[] firstPages;
  private final long[] firstFrames;
  private final long frames;

  public AddressRanges(List<Range> ranges) {
    this(ranges, PageSize.SMALL);
  }

  /**
   * @param ranges in ascending order, without overlap, in pages of a size
   */
  public AddressRanges(List<Range> ranges, PageSize pageSize) {
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

  /**
   * Consecutive pages of an address space.
   *
   * @param firstPage address of the first one divided by the size of a page
   */
  public record Range(long firstPage, long pages) {}

  public long frames() {
    return frames;
  }

  /** Frame of a page that lies in one of the ranges. */
  public long frameOf(long page) {
    int i = Arrays.binarySearch(firstPages, page);
    int range = i >= 0 ? i : -i - 2;
    return firstFrames[range] + page - firstPages[range];
  }

  /** The stretch of consecutive pages that begins with a frame. */
  public Range from(long frame) {
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
