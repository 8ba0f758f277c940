package emulha.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.util.Objects;

/**
 * All of a VM's RAM, off the Java heap, zero at first, of any size (beyond 2 GiB too). Pages are
 * copied in and out whole. Confined to no thread; the caller orders concurrent access.
 */
public final class RamImage implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment memory;
  private final long pages;

  private RamImage(Arena arena, MemorySegment memory) {
    this.arena = arena;
    this.memory = memory;
    pages = memory.byteSize() >>> Page.SHIFT;
  }

  /**
   * @param ramBytes the VM's RAM, a positive multiple of 4096
   */
  public RamImage(long ramBytes) {
    arena = Arena.ofShared();
    if (ramBytes <= 0 || ramBytes % Page.BYTES != 0) {
      throw new IllegalArgumentException(
          "RAM size must be a positive multiple of " + Page.BYTES + " bytes, got " + ramBytes);
    }
    memory = arena.allocate(ramBytes, Page.BYTES);
    pages = ramBytes >>> Page.SHIFT;
  }

  /**
   * A file as an image, mapped read-only: what is written to the file shows here at once.
   *
   * @param ramBytes the VM's RAM, at most the file's size
   */
  public static RamImage mapped(FileChannel file, long ramBytes) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      return new RamImage(arena, file.map(FileChannel.MapMode.READ_ONLY, 0, ramBytes, arena));
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Size of the RAM in bytes. */
  public long bytes() {
    return memory.byteSize();
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
