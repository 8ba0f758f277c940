package emulha.traces;

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
      reader = PageFileReader.ofBase(files.open(PageFile.BASE_NAME), info.description());
      base = reader;
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
    try (var reader =
        PageFileReader.ofCheckpoint(
            files.open(PageFile.checkpointName(next)), info.description(), next)) {
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
}
