package emulha.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * All of a VM's RAM, off the Java heap, zero at first, of any size (beyond 2 GiB too). Pages are
 * copied in and out whole. Confined to no thread; the caller orders concurrent access.
 */
public final class RamImage implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final long pages;

  /**
   * @param ramBytes the VM's RAM, a positive multiple of 4096
   */
  public RamImage(long ramBytes) {
    if (ramBytes <= 0 || ramBytes % Page.BYTES != 0) {
      throw new IllegalArgumentException(
          "RAM size must be a positive multiple of " + Page.BYTES + " bytes, got " + ramBytes);
    }
    memory = arena.allocate(ramBytes, Page.BYTES);
    pages = ramBytes >>> Page.SHIFT;
  }

  /** Number of page frames. */
  public long pages() {
    return pages;
  }

  /** Copies a page out of the image. */
  public void read(long pfn, byte[] target, int targetOffset) {
    Objects.checkIndex(pfn, pages);
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, pfn << Page.SHIFT, target, targetOffset, Page.BYTES);
  }

  /** Copies a page into the image. */
  public void write(long pfn, byte[] source, int sourceOffset) {
    Objects.checkIndex(pfn, pages);
    MemorySegment.copy(
        source, sourceOffset, memory, ValueLayout.JAVA_BYTE, pfn << Page.SHIFT, Page.BYTES);
  }

  /** Stores all pages of a checkpoint. */
  public void apply(DirtyPages checkpoint) {
    for (int i = 0; i < checkpoint.count(); i++) {
      write(checkpoint.pfn(i), checkpoint.slab(i), checkpoint.offset(i));
    }
  }

  /** The image as a read-only segment of {@code pages() * 4096} bytes. */
  public MemorySegment asSegment() {
    return memory.asReadOnly();
  }

  @Override
  public void close() {
    arena.close();
  }
}
