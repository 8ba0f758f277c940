package emulha.traces.capture;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageSize;
import emulha.memory.RamImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A guest's RAM as the file behind it, mapped shared and read-only: page frame {@code n} is the
 * page at byte {@code 4096 n}. Not thread-safe.
 */
public final class MappedRam implements AutoCloseable {
  private final Path file;
  private final RamImage image;
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
      image = RamImage.mapped(channel, bytes, PageSize.SMALL);
    }
    memory = image.asSegment();
  }

  public Path file() {
    return file;
  }

  public long pages() {
    return image.pages();
  }

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
      image.read(pages.pfn(i), pages.slab(i), pages.offset(i));
    }
  }

  @Override
  public void close() {
    image.close();
  }
}
