package emulha.emulharcv.stores;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.pipeline.PageEncodings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How the pages of a checkpoint came, by VM in the order of its pages: a reusable buffer. */
public final class EncodedPages implements PageEncodings {
  /** What a VM's begins with: one of few pages needs no more. Each next is twice as long. */
  private static final int FIRST_SEGMENT_BYTES = 4 << 10;

  private static final int MAX_SEGMENT_BYTES = 1 << 20;

  final Method method;
  private final Part[] parts;
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  /** One VM's. */
  private static final class Part {
    /** Together the encodings may be longer than an array can be. */
    final List<byte[]> segments = new ArrayList<>(List.of(new byte[FIRST_SEGMENT_BYTES]));

    int segment;
    int end;

    /** By page, where it begins: segment and offset in it. */
    long[] starts = new long[256];

    int[] lengths = new int[256];
    boolean[] usedPrevious = new boolean[256];
    int count;

    void clear() {
      count = 0;
      segment = 0;
      end = 0;
    }

    void add(byte[] source, int length, boolean used) {
      if (length > segments.get(segment).length - end) {
        segment++;
        end = 0;
        if (segment == segments.size()) {
          int grown = Math.min(MAX_SEGMENT_BYTES, 2 * segments.getLast().length);
          segments.add(new byte[Math.max(length, grown)]);
        } else if (segments.get(segment).length < length) {
          segments.set(segment, new byte[length]);
        }
      }
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
        lengths = Arrays.copyOf(lengths, 2 * count);
        usedPrevious = Arrays.copyOf(usedPrevious, 2 * count);
      }
      System.arraycopy(source, 0, segments.get(segment), end, length);
      starts[count] = (long) segment << Integer.SIZE | end;
      lengths[count] = length;
      usedPrevious[count++] = used;
      end += length;
    }

    byte[] bytes(int index) {
      int from = (int) starts[index];
      return Arrays.copyOfRange(
          segments.get((int) (starts[index] >>> Integer.SIZE)), from, from + lengths[index]);
    }
  }

  /** For the checkpoints of so many VMs, encoded by this method. */
  public EncodedPages(Method method, int vms) {
    this.method = method;
    parts = new Part[vms];
    Arrays.setAll(parts, vm -> new Part());
  }

  /** Forgets all; a checkpoint of this kind comes next. */
  public void clear(CheckpointKind ofKind) {
    kind = ofKind;
    for (Part part : parts) {
      part.clear();
    }
  }

  @Override
  public void page(int vm, long pfn, boolean usedPrevious, byte[] bytes, int length) {
    parts[vm].add(bytes, length, usedPrevious);
  }

  /** The checkpoint's kind; a stretch of a base that both ends had did not come encoded. */
  CheckpointKind kind() {
    return kind;
  }

  /** Whether decoding page {@code index} of a VM needs its previous content. */
  boolean usedPrevious(int vm, int index) {
    return parts[vm].usedPrevious[index];
  }

  /** How page {@code index} of a VM came. */
  byte[] bytes(int vm, int index) {
    return parts[vm].bytes(index);
  }
}
