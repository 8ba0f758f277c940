package emulha.codecs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * All encoded bytes of one checkpoint, lane by lane: what a receiver gathers before it decodes. A
 * lane is kept in parts, so it can be as long as the memory allows; one that is shorter than a part
 * is in one array. A reusable buffer. Not thread-safe.
 */
public final class EncodedCheckpoint {
  /** Largest number of lanes: control and one or two per stage, times the encoder threads. */
  public static final int MAX_LANES = 1024;

  private static final int PART_BYTES = 64 << 20;

  /** What a lane is begun with: a VM of few pages needs no more. */
  private static final int FIRST_BYTES = 4 << 10;

  private static final byte[] EMPTY = new byte[0];

  private final int partBytes;

  /** By lane, the part that is being filled, and how far it is. */
  private final byte[][] lanes = new byte[MAX_LANES][];

  private final int[] sizes = new int[MAX_LANES];

  /** By lane, the parts before that one. */
  private final List<List<Part>> full = new ArrayList<>();

  /** By lane, bytes in the parts before. */
  private final long[] fullBytes = new long[MAX_LANES];

  /** Arrays of parts that are not used now. */
  private final Deque<byte[]> spare = new ArrayDeque<>();

  /** Consecutive bytes of a lane. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Part(byte[] bytes, int size) {}

  /** An empty checkpoint. */
  public EncodedCheckpoint() {
    this(PART_BYTES);
  }

  /**
   * @param partBytes most bytes of a lane in one array, unless they come at once
   */
  EncodedCheckpoint(int partBytes) {
    this.partBytes = partBytes;
    Arrays.fill(lanes, EMPTY);
    for (int lane = 0; lane < MAX_LANES; lane++) {
      full.add(List.of());
    }
  }

  /**
   * Makes room for {@code length} more bytes at the end of a lane and counts them as present.
   *
   * @param length 0 to {@link FrameSink#MAX_BYTES}
   * @return the offset in {@link #bytes} where the caller puts them
   */
  public int extend(int lane, int length) {
    Objects.checkIndex(lane, MAX_LANES);
    Objects.checkFromIndexSize(0, length, Integer.MAX_VALUE);
    if (length > partBytes - sizes[lane] && sizes[lane] > 0) {
      closePart(lane);
    }
    int size = sizes[lane];
    int needed = size + length;
    if (needed > lanes[lane].length) {
      long grown = Math.max(FIRST_BYTES, lanes[lane].length * 2L);
      lanes[lane] = Arrays.copyOf(lanes[lane], (int) Math.max(needed, Math.min(partBytes, grown)));
    }
    sizes[lane] = needed;
    return size;
  }

  private void closePart(int lane) {
    List<Part> parts = full.get(lane);
    if (parts.isEmpty()) {
      parts = new ArrayList<>();
      full.set(lane, parts);
    }
    parts.add(new Part(lanes[lane], sizes[lane]));
    fullBytes[lane] += sizes[lane];
    lanes[lane] = spare.isEmpty() ? EMPTY : spare.pop();
    sizes[lane] = 0;
  }

  /** The array behind the end of a lane; replaced when the lane grows. */
  public byte[] bytes(int lane) {
    return lanes[lane];
  }

  /** Number of bytes in a lane. */
  public long size(int lane) {
    return fullBytes[lane] + sizes[lane];
  }

  /** Number of arrays behind a lane, 1 or more. */
  int parts(int lane) {
    return full.get(lane).size() + 1;
  }

  /** An array behind a lane. */
  byte[] part(int lane, int part) {
    List<Part> parts = full.get(lane);
    return part < parts.size() ? parts.get(part).bytes() : lanes[lane];
  }

  /** Bytes of a lane in one of its arrays, from its begin. */
  int partSize(int lane, int part) {
    List<Part> parts = full.get(lane);
    return part < parts.size() ? parts.get(part).size() : sizes[lane];
  }

  /**
   * A copy of a lane.
   *
   * @throws ArithmeticException if no array can hold it
   */
  public byte[] copy(int lane) {
    byte[] copy = new byte[Math.toIntExact(size(lane))];
    int at = 0;
    for (int part = 0; part < parts(lane); part++) {
      System.arraycopy(part(lane, part), 0, copy, at, partSize(lane, part));
      at += partSize(lane, part);
    }
    return copy;
  }

  /** Appends a copy of bytes to a lane: a {@link FrameSink} that keeps what it is given. */
  public void append(int lane, byte[] source, int offset, int length) {
    int at = extend(lane, length);
    System.arraycopy(source, offset, lanes[lane], at, length);
  }

  /** Forgets the content; keeps the capacity. */
  public void clear() {
    Arrays.fill(sizes, 0);
    for (int lane = 0; lane < MAX_LANES; lane++) {
      if (!full.get(lane).isEmpty()) {
        full.get(lane).forEach(part -> spare.push(part.bytes()));
        full.set(lane, List.of());
        fullBytes[lane] = 0;
      }
    }
  }
}
