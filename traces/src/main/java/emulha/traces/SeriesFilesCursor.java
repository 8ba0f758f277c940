package emulha.traces;

import emulha.files.DamagedFileException;
import emulha.memory.DirtyPages;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a series from its files. */
final class SeriesFilesCursor implements SeriesCursor {
  private final SeriesFiles files;
  private final SeriesInfo info;
  private @Nullable PageFileReader base;
  private boolean basePassed;
  private int next;
  private @Nullable CheckpointHeader last;

  /**
   * @param files closed with the cursor
   */
  SeriesFilesCursor(SeriesFiles files, SeriesInfo info) {
    this.files = files;
    this.info = info;
  }

  @Override
  public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
    if (maxPages < 1) {
      throw new IllegalArgumentException("stretch of " + maxPages + " pages");
    }
    into.clear(info.pageSize());
    if (basePassed) {
      return false;
    }
    PageFileReader reader = base;
    if (reader == null) {
      reader = open(PageFile.BASE_NAME, PageFile.BASE, 0);
      base = reader;
      if (reader.pages() != info.basePages()) {
        throw new DamagedFileException(
            info.name() + "/" + PageFile.BASE_NAME,
            PageFile.PAGE_COUNT_OFFSET,
            "expected " + info.basePages() + " pages, found " + reader.pages());
      }
    }
    if (reader.read(maxPages, into)) {
      return true;
    }
    passBase();
    return false;
  }

  @Override
  public boolean nextCheckpoint(DirtyPages into) throws IOException {
    passBase();
    into.clear(info.pageSize());
    if (next == info.checkpoints()) {
      return false;
    }
    try (var reader = open(PageFile.checkpointName(next), PageFile.CHECKPOINT, next)) {
      if (reader.pages() > 0) {
        reader.read(reader.pages(), into);
      }
      into.setFreeMap(reader.freeMap());
      last = new CheckpointHeader(next, reader.header().guestTimeNs(), reader.state());
    }
    next++;
    return true;
  }

  @Override
  public CheckpointHeader last() {
    if (last == null) {
      throw new IllegalStateException("no checkpoint was read yet");
    }
    return last;
  }

  @Override
  public void close() throws IOException {
    try {
      passBase();
    } finally {
      files.close();
    }
  }

  private void passBase() throws IOException {
    basePassed = true;
    if (base != null) {
      base.close();
      base = null;
    }
  }

  private PageFileReader open(String name, int kind, long sequence) throws IOException {
    return PageFileReader.of(files.open(name), info.description(), kind, sequence);
  }
}
