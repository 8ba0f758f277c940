package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.traces.CheckpointHeader;
import emulha.traces.SeriesCursor;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a series made of another; its base is that one's unless said otherwise. */
abstract class ViewCursor implements SeriesCursor {
  /** Of the series that it is made of. */
  final SeriesCursor source;

  private final SeriesInfo info;
  private int next;
  private @Nullable CheckpointHeader last;

  /**
   * @param source closed with this
   * @param info of the series made of it
   */
  ViewCursor(SeriesCursor source, SeriesInfo info) {
    this.source = source;
    this.info = info;
  }

  /**
   * Makes a checkpoint of those that come next in the source: unless said otherwise, the next one.
   *
   * @param number of the checkpoint
   * @param into empty
   */
  CheckpointHeader make(int number, DirtyPages into) throws IOException {
    source.requireCheckpoint(info.name(), into);
    return source.last();
  }

  @Override
  public boolean nextBase(int maxPages, DirtyPages into) throws IOException {
    return source.nextBase(maxPages, into);
  }

  @Override
  public final boolean nextCheckpoint(DirtyPages into) throws IOException {
    into.clear(info.pageSize());
    if (next == info.checkpoints()) {
      return false;
    }
    last = make(next, into);
    next++;
    return true;
  }

  @Override
  public final CheckpointHeader last() {
    if (last == null) {
      throw new IllegalStateException("no checkpoint was read yet");
    }
    return last;
  }

  @Override
  public final void close() throws IOException {
    source.close();
  }
}
