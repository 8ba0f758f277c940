package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.Page;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A VM's RAM in a file.
 *
 * @param extents which addresses there are, and at which positions of {@code contents}
 * @param contents the bytes
 * @param facts what a series says of it: equal in all images of a series
 */
record Ram(List<Extent> extents, Contents contents, Map<String, String> facts) {
  /** A fact: the RAM is these stretches of a hypervisor, with their bytes. */
  static final String BLOCKS = "ram_blocks";

  Ram {
    extents = List.copyOf(extents);
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  /**
   * Consecutive bytes of RAM.
   *
   * @param address of the first one
   * @param offset position of the first one
   */
  record Extent(long address, long offset, long bytes) {
    long end() {
      return address + bytes;
    }
  }

  /** The pages that hold bytes of these extents, which are in ascending order. */
  static AddressRanges ranges(List<Extent> extents, PageSize pageSize) {
    var ranges = new ArrayList<AddressRanges.Range>();
    long next = 0;
    for (Extent extent : extents) {
      // Ranges of firmware may begin or end within a page.
      long first = Math.max(next, pageSize.pagesIn(extent.address()));
      next = pageSize.pagesIn(extent.end() + pageSize.bytes() - 1);
      if (next > first) {
        ranges.add(new AddressRanges.Range(first, next - first));
      }
    }
    return new AddressRanges(ranges, pageSize);
  }

  /** Bytes of RAM by their positions, read in any order. Not thread-safe. */
  @FunctionalInterface
  interface Contents {
    /** Fills {@code target} with the bytes from a position on, which lie in one extent. */
    void read(ByteBuffer target, long position) throws IOException;
  }

  /** Pages of RAM, read in any order. Not thread-safe. */
  @FunctionalInterface
  interface Pages {
    void read(long page, byte[] into) throws IOException;
  }

  /** RAM of small pages at these addresses, whose contents follow each other from position 0 on. */
  static Ram ofPages(AddressRanges ranges, Pages pages, Map<String, String> facts) {
    var extents = new ArrayList<Extent>();
    for (long frame = 0; frame < ranges.frames(); ) {
      AddressRanges.Range range = ranges.from(frame);
      extents.add(
          new Extent(
              range.firstPage() << Page.SHIFT, frame << Page.SHIFT, range.pages() << Page.SHIFT));
      frame += range.pages();
    }
    byte[] page = new byte[Page.BYTES];
    Contents contents =
        (target, position) -> {
          for (long at = position; target.hasRemaining(); ) {
            int within = (int) (at % Page.BYTES);
            int count = Math.min(target.remaining(), Page.BYTES - within);
            pages.read(at / Page.BYTES, page);
            target.put(page, within, count);
            at += count;
          }
        };
    return new Ram(extents, contents, facts);
  }
}
