package emulha.traces.imports.image;

import emulha.memory.AddressRanges;
import emulha.memory.PageSize;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The blocks of RAM that one machine's images have together. AVML cuts RAM into blocks of at most
 * 16 MiB and leaves out those that are zeros (its {@code src/image.rs}, versions 0.9 to 0.20), in
 * its LiME files, too; a block that one image lacks and another has was zeros in the first.
 */
final class AvmlBlocks {
  private static final long MAX_BYTES = 16L << 20;

  private final TreeMap<Long, Block> blocks = new TreeMap<>();
  private long images;

  /**
   * @param images that have it
   */
  private record Block(Ram.Extent extent, long images) {}

  /**
   * Adds an image, unless it cannot be of the machine of those before: a block begins or ends
   * within another, or one is too large to have been left out.
   *
   * @return whether it was added
   */
  boolean add(List<Ram.Extent> extents) {
    images++;
    for (Ram.Extent extent : extents) {
      Block same = blocks.get(extent.address());
      if (same == null ? overlaps(extent) : same.extent.bytes() != extent.bytes()) {
        return false;
      }
      blocks.put(extent.address(), new Block(extent, same == null ? 1 : same.images + 1));
    }
    return blocks.values().stream()
        .allMatch(block -> block.images == images || block.extent.bytes() <= MAX_BYTES);
  }

  private boolean overlaps(Ram.Extent extent) {
    Map.Entry<Long, Block> before = blocks.lowerEntry(extent.address());
    Long next = blocks.higherKey(extent.address());
    return (before != null && before.getValue().extent.end() > extent.address())
        || (next != null && next < extent.end());
  }

  /** Bytes of all blocks that images lack, as often as one lacks them. */
  long leftOutBytes() {
    return blocks.values().stream()
        .mapToLong(block -> (images - block.images) * block.extent.bytes())
        .sum();
  }

  /** The pages of all blocks. */
  AddressRanges ranges(PageSize pageSize) {
    return Ram.ranges(blocks.values().stream().map(Block::extent).toList(), pageSize);
  }
}
