package emulha.emulharcv;

import emulha.codecs.CheckpointKind;
import emulha.codecs.Method;
import emulha.codecs.PageEncodings;
import java.util.Arrays;

/** How the pages of a checkpoint came, by VM in the order of its pages: a reusable buffer. */
final class EncodedPages implements PageEncodings {
  final Method method;
  private final Part[] parts;
  private CheckpointKind kind = CheckpointKind.INCREMENTAL;

  /** One VM's. */
  private static final class Part {
    byte[] bytes = new byte[1 << 16];
    int[] ends = new int[256];
    boolean[] usedPrevious = new boolean[256];
    int count;

    void add(byte[] source, int length, boolean used) {
      int from = count == 0 ? 0 : ends[count - 1];
      if (bytes.length - from < length) {
        bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(from, length), 2 * bytes.length));
      }
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, 2 * count);
        usedPrevious = Arrays.copyOf(usedPrevious, 2 * count);
      }
      System.arraycopy(source, 0, bytes, from, length);
      ends[count] = from + length;
      usedPrevious[count++] = used;
    }
  }

  EncodedPages(Method method, int vms) {
    this.method = method;
    parts = new Part[vms];
    Arrays.setAll(parts, vm -> new Part());
  }

  void clear(CheckpointKind ofKind) {
    kind = ofKind;
    for (Part part : parts) {
      part.count = 0;
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
    Part part = parts[vm];
    return Arrays.copyOfRange(part.bytes, index == 0 ? 0 : part.ends[index - 1], part.ends[index]);
  }
}
