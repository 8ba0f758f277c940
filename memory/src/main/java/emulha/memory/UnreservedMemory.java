package emulha.memory;

import emulha.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory that Linux promises nobody: more of it can be had than the machine has, and what is
 * written of it must fit. For images that are mostly empty (mmap(2), {@code MAP_NORESERVE}).
 */
final class UnreservedMemory {
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
      MemorySegment found = Linux.unreserved(bytes, arena);
      if (found != null) {
        return found;
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
}
