package emulha.traces.capture;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * A guest's RAM as the file behind it, mapped shared and read-only: page frame {@code n} is the
 * page at byte {@code 4096 n}. Not thread-safe.
 */
public final class MappedRam implements AutoCloseable {
  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;

  /** Maps a file, shared. */
  public MappedRam(Path file) throws IOException {
    this.file = file;
    long bytes = Files.size(file);
    if (bytes == 0 || bytes % Page.BYTES != 0) {
      throw new IllegalArgumentException(
          file + ": " + bytes + " bytes are not the RAM of a guest; name its memory-backend-file");
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
    }
  }

  /** The file. */
  public Path file() {
    return file;
  }

  public long pages() {
    return memory.byteSize() >>> Page.SHIFT;
  }

  /** Its content. */
  public MemorySegment memory() {
    return memory;
  }

  /** The eight bytes at an offset that is a multiple of 8. */
  long word(long offset) {
    return memory.get(ValueLayout.JAVA_LONG, offset);
  }

  /** Fills the contents of all pages that are listed. */
  public void fill(DirtyPages pages) {
    for (int i = 0; i < pages.count(); i++) {
      read(memory, pages.pfn(i), pages.slab(i), pages.offset(i));
    }
  }

  /** Replaces what is in {@code into} by the pages from {@code first} on, at most {@code count}. */
  public void readBase(long first, int count, DirtyPages into) {
    readBase(memory, first, count, into);
  }

  /** The same of a copy of such a memory. */
  public static void readBase(MemorySegment memory, long first, int count, DirtyPages into) {
    into.clear();
    long end = Math.min(memory.byteSize() >>> Page.SHIFT, first + count);
    for (long pfn = first; pfn < end; pfn++) {
      int index = into.append(pfn);
      read(memory, pfn, into.slab(index), into.offset(index));
    }
  }

  private static void read(MemorySegment memory, long pfn, byte[] target, int offset) {
    Objects.checkIndex(pfn, memory.byteSize() >>> Page.SHIFT);
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, pfn << Page.SHIFT, target, offset, Page.BYTES);
  }

  @Override
  public void close() {
    arena.close();
  }
}
