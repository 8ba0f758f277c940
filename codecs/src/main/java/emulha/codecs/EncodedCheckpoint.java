package emulha.codecs;

import java.util.Arrays;
import java.util.Objects;

/**
 * All encoded bytes of one checkpoint, lane by lane: what a receiver gathers before it decodes. A
 * reusable buffer; a lane holds at most 2 GiB - 16 bytes. Not thread-safe.
 */
public final class EncodedCheckpoint {
  /** Largest number of lanes: control and one or two per stage, times the encoder threads. */
  public static final int MAX_LANES = 1024;

  private static final int MAX_LANE_BYTES = Integer.MAX_VALUE - 15;
  private static final byte[] EMPTY = new byte[0];

  private final byte[][] lanes = new byte[MAX_LANES][];
  private final int[] sizes = new int[MAX_LANES];

  /** An empty checkpoint. */
  public EncodedCheckpoint() {
    Arrays.fill(lanes, EMPTY);
  }

  /**
   * Makes room for {@code length} more bytes at the end of a lane and counts them as present.
   *
   * @return the offset in {@link #bytes} where the caller puts them
   * @throws IllegalArgumentException if the lane would exceed its limit
   */
  public int extend(int lane, int length) {
    Objects.checkIndex(lane, MAX_LANES);
    int size = sizes[lane];
    if (length < 0 || length > MAX_LANE_BYTES - size) {
      throw new IllegalArgumentException(
          "lane " + lane + " of a checkpoint cannot hold more than " + MAX_LANE_BYTES + " bytes");
    }
    int needed = size + length;
    if (needed > lanes[lane].length) {
      long grown = Math.max(FrameSink.MAX_BYTES, lanes[lane].length * 2L);
      lanes[lane] =
          Arrays.copyOf(lanes[lane], (int) Math.min(MAX_LANE_BYTES, Math.max(grown, needed)));
    }
    sizes[lane] = needed;
    return size;
  }

  /** The array behind a lane; replaced when the lane grows. */
  public byte[] bytes(int lane) {
    return lanes[lane];
  }

  /** Number of bytes in a lane. */
  public int size(int lane) {
    return sizes[lane];
  }

  /** Appends a copy of bytes to a lane: a {@link FrameSink} that keeps what it is given. */
  public void append(int lane, byte[] source, int offset, int length) {
    int at = extend(lane, length);
    System.arraycopy(source, offset, lanes[lane], at, length);
  }

  /** Forgets the content; keeps the capacity. */
  public void clear() {
    Arrays.fill(sizes, 0);
  }
}
