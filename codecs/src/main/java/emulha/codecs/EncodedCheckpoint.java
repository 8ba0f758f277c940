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

  private static final byte[] EMPTY = new byte[0];

  private final int partBytes;

  /** By number; those behind the last that ever had bytes are absent. */
  private final List<Lane> lanes = new ArrayList<>();

  /** Arrays of parts that are not used now. */
  private final Deque<byte[]> spare = new ArrayDeque<>();

  /** Consecutive bytes of a lane, from the array's begin. */
  @SuppressWarnings("ArrayRecordComponent")
  record Part(byte[] bytes, int size) {}

  static final class Lane {
    private static final Lane ABSENT = new Lane();

    /** The part that is being filled, and how far it is. */
    byte[] bytes = EMPTY;

    int size;

    /** The parts before that one. */
    final List<Part> full = new ArrayList<>(0);

    /** Bytes in the parts before. */
    long fullBytes;
  }

  public EncodedCheckpoint() {
    this(PART_BYTES);
  }

  /**
   * @param partBytes most bytes of a lane in one array, unless they come at once
   */
  EncodedCheckpoint(int partBytes) {
    this.partBytes = partBytes;
  }

  /** Lanes from this number on are empty. */
  public int lanes() {
    return lanes.size();
  }

  /** For reading alone. */
  Lane lane(int number) {
    return number < lanes.size() ? lanes.get(number) : Lane.ABSENT;
  }

  /**
   * Makes room for {@code length} more bytes at the end of a lane and counts them as present.
   *
   * @param length 0 to {@link FrameSink#MAX_BYTES}
   * @return the offset in {@link #bytes} where the caller puts them
   */
  public int extend(int number, int length) {
    Objects.checkIndex(number, MAX_LANES);
    Objects.checkFromIndexSize(0, length, Integer.MAX_VALUE);
    while (lanes.size() <= number) {
      lanes.add(new Lane());
    }
    Lane lane = lanes.get(number);
    if (length > partBytes - lane.size && lane.size > 0) {
      lane.full.add(new Part(lane.bytes, lane.size));
      lane.fullBytes += lane.size;
      lane.bytes = spare.isEmpty() ? EMPTY : spare.pop();
      lane.size = 0;
    }
    int at = lane.size;
    lane.size += length;
    if (lane.size > lane.bytes.length) {
      long grown = Math.max(LaneWriter.FIRST_BYTES, lane.bytes.length * 2L);
      lane.bytes = Arrays.copyOf(lane.bytes, (int) Math.max(lane.size, Math.min(partBytes, grown)));
    }
    return at;
  }

  /** The array behind the end of a lane; replaced when the lane grows. */
  public byte[] bytes(int lane) {
    return lane(lane).bytes;
  }

  /** Number of bytes in a lane. */
  public long size(int lane) {
    Lane one = lane(lane);
    return one.fullBytes + one.size;
  }

  /** Number of parts of a lane, 1 or more. */
  int parts(int lane) {
    return lane(lane).full.size() + 1;
  }

  Part part(int number, int part) {
    Lane lane = lane(number);
    return part < lane.full.size() ? lane.full.get(part) : new Part(lane.bytes, lane.size);
  }

  /**
   * A copy of a lane.
   *
   * @throws ArithmeticException if no array can hold it
   */
  public byte[] copy(int lane) {
    byte[] copy = new byte[Math.toIntExact(size(lane))];
    int at = 0;
    for (int i = 0; i < parts(lane); i++) {
      Part part = part(lane, i);
      System.arraycopy(part.bytes(), 0, copy, at, part.size());
      at += part.size();
    }
    return copy;
  }

  /** Appends a copy of bytes to a lane: a {@link FrameSink} that keeps what it is given. */
  public void append(int lane, byte[] source, int offset, int length) {
    int at = extend(lane, length);
    System.arraycopy(source, offset, bytes(lane), at, length);
  }

  /** Forgets the content; keeps the capacity. */
  public void clear() {
    for (Lane lane : lanes) {
      lane.full.forEach(part -> spare.push(part.bytes()));
      lane.full.clear();
      lane.fullBytes = 0;
      lane.size = 0;
    }
  }
}
