package emulha.memory;

import emulha.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All of a VM's RAM, off the Java heap, zero at first, of any size (beyond 2 GiB too). Pages are
 * copied in and out whole. The system provides the memory of a page when it is first written, so a
 * large and mostly empty image costs little; what is to be timed is written once before. One for
 * which the machine has too little memory takes as many pages as there was memory free for when it
 * was made. Confined to no thread; the caller orders concurrent access.
 */
public final class RamImage implements AutoCloseable {
  /** {@code calloc(3)}: unlike {@link Arena#allocate}, it does not write all of its memory. */
  private static final MethodHandle CALLOC =
      library(
          "calloc",
          FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  /** Largest RAM, just below 8 TiB: its smallest pages are numbered and counted by ints. */
  public static final long MAX_BYTES = (Integer.MAX_VALUE - 8L) * PageSize.MIN_BYTES;

  private static final MethodHandle FREE =
      library("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private final Arena arena;
  private final MemorySegment memory;
  private final PageSize pageSize;
  private final int pageBytes;
  private final int shift;
  private final long pages;

  /** What {@link #clear} has to make zero. */
  private final BitSet written;

  /** What was written before it was cleared. */
  private final BitSet earlier = new BitSet();

  /** Whether a page that was not written is zero. */
  private final boolean zeroAtFirst;

  /** Most pages that may be written. */
  private final long mostPages;

  /** How many were, if not all may be. */
  private long writtenOnce;

  private RamImage(
      Arena arena, MemorySegment memory, PageSize pageSize, boolean zeroAtFirst, long mostPages) {
    this.arena = arena;
    this.memory = memory;
    this.pageSize = pageSize;
    this.zeroAtFirst = zeroAtFirst;
    this.mostPages = mostPages;
    pageBytes = pageSize.bytes();
    shift = pageSize.shift();
    pages = pageSize.pagesIn(memory.byteSize());
    // All of it now: a write must not fail for want of memory when others are done.
    written = new BitSet(zeroAtFirst ? Math.toIntExact(pages) : 0);
  }

  public RamImage(long ramBytes) {
    this(ramBytes, PageSize.SMALL);
  }

  /**
   * @param ramBytes the VM's RAM, a positive multiple of a page
   */
  public RamImage(long ramBytes, PageSize pageSize) {
    if (!pageSize.divides(ramBytes) || ramBytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "RAM size must be a positive multiple of %d bytes, and at most %d; got %d"
              .formatted(pageSize.bytes(), MAX_BYTES, ramBytes));
    }
    Arena arena = Arena.ofShared();
    MemorySegment memory = reserved(ramBytes, arena);
    long mostBytes = ramBytes;
    if (memory == null) {
      memory = unreserved(ramBytes, arena);
      mostBytes = availableBytes();
    }
    this(arena, memory, pageSize, true, pageSize.pagesIn(mostBytes));
  }

  /** An image of memory that is not reserved, of which some pages may be written. */
  static RamImage unreserved(long ramBytes, PageSize pageSize, long mostPages) {
    Arena arena = Arena.ofShared();
    return new RamImage(arena, unreserved(ramBytes, arena), pageSize, true, mostPages);
  }

  private static MethodHandle library(String function, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor);
  }

  /** Zeros; null if the system reserves no such memory. */
  private static @Nullable MemorySegment reserved(long bytes, Arena arena) {
    // Room to begin at a multiple of the system's page.
    long room = bytes + PageSize.MIN_BYTES;
    MemorySegment found = allocated(room);
    if (found.address() == 0) {
      return null;
    }
    return found
        .reinterpret(room, arena, RamImage::free)
        .asSlice(-found.address() & (PageSize.MIN_BYTES - 1), bytes);
  }

  private static MemorySegment allocated(long bytes) {
    try {
      return (MemorySegment) CALLOC.invokeExact(1L, bytes);
    } catch (Throwable e) {
      throw new LinkageError("calloc", e);
    }
  }

  private static void free(MemorySegment allocated) {
    try {
      FREE.invokeExact(allocated);
    } catch (Throwable e) {
      throw new LinkageError("free", e);
    }
  }

  /**
   * Zeros that Linux promises nobody: more of them can be had than the machine has, and what is
   * written of them must fit. For images that are mostly empty.
   */
  private static MemorySegment unreserved(long bytes, Arena arena) {
    if (System.getProperty("os.name", "").startsWith("Linux") && availableBytes() > 0) {
      MemorySegment found = Linux.unreserved(bytes, arena);
      if (found != null) {
        return found;
      }
    }
    throw new OutOfMemoryError("no memory for an image of %d bytes".formatted(bytes));
  }

  /** What can be written now before the system has to take memory from others; 0 if not known. */
  private static long availableBytes() {
    return Linux.kibibytes(MEMINFO, "MemAvailable:") << 10;
  }

  /**
   * A file as an image, mapped read-only: what is written to the file shows here at once.
   *
   * @param ramBytes the VM's RAM, at most the file's size
   */
  public static RamImage mapped(FileChannel file, long ramBytes, PageSize pageSize)
      throws IOException {
    Arena arena = Arena.ofShared();
    try {
      MemorySegment memory = file.map(FileChannel.MapMode.READ_ONLY, 0, ramBytes, arena);
      return new RamImage(arena, memory, pageSize, false, pageSize.pagesIn(ramBytes));
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  public long bytes() {
    return memory.byteSize();
  }

  public PageSize pageSize() {
    return pageSize;
  }

  public long pages() {
    return pages;
  }

  public void read(long pfn, byte[] target, int targetOffset) {
    Objects.checkIndex(pfn, pages);
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, pfn << shift, target, targetOffset, pageBytes);
  }

  /** Whether a page is known to be zero since it was never written. */
  public boolean untouched(long pfn) {
    Objects.checkIndex(pfn, pages);
    return zeroAtFirst && !written.get((int) pfn);
  }

  /** Number of pages that take memory since they were written once. */
  public long residentPages() {
    var all = (BitSet) written.clone();
    all.or(earlier);
    return all.cardinality();
  }

  /**
   * Copies a page into the image.
   *
   * @throws OutOfMemoryError if the image is larger than the machine's memory, and has as many
   *     pages as there was memory for
   */
  public void write(long pfn, byte[] source, int sourceOffset) {
    Objects.checkIndex(pfn, pages);
    if (mostPages < pages) {
      count((int) pfn);
    }
    MemorySegment.copy(
        source, sourceOffset, memory, ValueLayout.JAVA_BYTE, pfn << shift, pageBytes);
    written.set((int) pfn);
  }

  private void count(int pfn) {
    if (!written.get(pfn) && !earlier.get(pfn)) {
      if (writtenOnce == mostPages) {
        throw new OutOfMemoryError(
            "an image of %d bytes has content of more than the %d bytes of memory that were free"
                .formatted(bytes(), mostPages << shift));
      }
      writtenOnce++;
    }
  }

  /** Makes all pages zero again, keeping their memory. */
  public void clear() {
    for (int pfn = written.nextSetBit(0); pfn >= 0; pfn = written.nextSetBit(pfn + 1)) {
      memory.asSlice((long) pfn << shift, pageBytes).fill((byte) 0);
    }
    earlier.or(written);
    written.clear();
  }

  /**
   * Stores all pages of a checkpoint.
   *
   * @throws IllegalArgumentException if they have another size
   */
  public void apply(DirtyPages checkpoint) {
    if (checkpoint.count() > 0) {
      pageSize.require(checkpoint.pageSize());
    }
    for (int i = 0; i < checkpoint.count(); i++) {
      write(checkpoint.pfn(i), checkpoint.slab(i), checkpoint.offset(i));
    }
  }

  /** The image as a read-only segment of {@link #bytes} bytes. */
  public MemorySegment asSegment() {
    return memory.asReadOnly();
  }

  @Override
  public void close() {
    arena.close();
  }
}
