package emulha.traces.capture.process;

import emulha.memory.Page;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The kernel's soft-dirty bits ({@code Documentation/admin-guide/mm/soft-dirty.rst}). A kernel
 * without CONFIG_MEM_SOFT_DIRTY takes the command that clears them and reports nothing dirty ever
 * after, so they are believed only after a page dirtied on purpose was seen.
 */
final class SoftDirty {
  private SoftDirty() {}

  /**
   * Whether a page of this very process that is written is reported, and one that is not is not.
   */
  static boolean works() {
    long self = ProcessHandle.current().pid();
    try (Arena arena = Arena.ofConfined();
        var map = new PageMap(self)) {
      MemorySegment memory = arena.allocate(3L * Page.BYTES, Page.BYTES);
      memory.fill((byte) 1);
      clear(self);
      memory.set(ValueLayout.JAVA_BYTE, Page.BYTES, (byte) 2);
      long first = memory.address() >>> Page.SHIFT;
      long[] entries = map.read(first, 3);
      return !PageMap.softDirty(entries[0])
          && PageMap.softDirty(entries[1])
          && !PageMap.softDirty(entries[2]);
    } catch (IOException e) {
      return false;
    }
  }

  /** Makes all pages of a process clean. */
  static void clear(long pid) throws IOException {
    Files.write(
        Path.of("/proc", Long.toString(pid), "clear_refs"),
        "4".getBytes(StandardCharsets.US_ASCII),
        StandardOpenOption.WRITE);
  }
}
