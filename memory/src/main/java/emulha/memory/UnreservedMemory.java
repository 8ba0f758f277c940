package emulha.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory that Linux promises nobody: more of it can be had than the machine has, and what is
 * written of it must fit. For images that are mostly empty (mmap(2), {@code MAP_NORESERVE}).
 */
final class UnreservedMemory {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
  private static final long MAP_FAILED = -1;
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  private UnreservedMemory() {}

  /**
   * Zeros that begin at a multiple of the system's page.
   *
   * @param arena gives them back when it is closed
   * @throws OutOfMemoryError if the system has no such memory, or not so much
   */
  static MemorySegment zeros(long bytes, Arena arena) {
    if (System.getProperty("os.name", "").startsWith("Linux") && availableBytes() > 0) {
      MemorySegment found = mapped(bytes);
      if (found.address() != MAP_FAILED) {
        return found.reinterpret(bytes, arena, segment -> unmap(segment, bytes));
      }
    }
    throw new OutOfMemoryError("no memory for an image of %d bytes".formatted(bytes));
  }

  /** What can be written now before the system has to take memory from others; 0 if not known. */
  static long availableBytes() {
    try {
      for (String line : Files.readAllLines(MEMINFO)) {
        if (line.startsWith(AVAILABLE)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Not known.
    }
    return 0;
  }

  private static MemorySegment mapped(long bytes) {
    Linker linker = Linker.nativeLinker();
    var mmap =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("mmap"),
            FunctionDescriptor.of(
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG));
    try {
      return (MemorySegment)
          mmap.invokeExact(
              MemorySegment.NULL, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
    } catch (Throwable e) {
      throw new LinkageError("mmap", e);
    }
  }

  private static void unmap(MemorySegment segment, long bytes) {
    Linker linker = Linker.nativeLinker();
    var munmap =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("munmap"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    try {
      int result = (int) munmap.invokeExact(segment, bytes);
      if (result != 0) {
        throw new LinkageError("munmap");
      }
    } catch (Throwable e) {
      throw new LinkageError("munmap", e);
    }
  }
}
