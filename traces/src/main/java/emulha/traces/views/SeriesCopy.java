package emulha.traces.views;

import emulha.memory.DirtyPages;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.nio.file.Path;

/** Writes a series, or a view of one, into a directory of its own. */
public final class SeriesCopy {

  private SeriesCopy() {}

  /**
   * Copies a series.
   *
   * @param source read once
   * @param destination absent or an empty directory
   * @param progress told in pages of the base, then in checkpoints
   * @return pages of the checkpoints
   */
  public static long run(Series source, Path destination, Progress progress) throws IOException {
    SeriesInfo info = source.info();
    try (var writer = SeriesWriter.create(destination, info.description());
        var cursor = source.open()) {
      var pages = new DirtyPages();
      long done = 0;
      while (cursor.nextBase(info.stretchPages(), pages)) {
        writer.writeBase(pages);
        done += pages.count();
        progress.step("base", done, info.basePages());
      }
      long dirtyPages = 0;
      while (cursor.nextCheckpoint(pages)) {
        dirtyPages += pages.count();
        CheckpointHeader header = cursor.last();
        writer.writeCheckpoint(pages, header.guestTimeNs(), header.state());
        progress.step("checkpoints", writer.checkpoints(), info.checkpoints());
      }
      writer.finish();
      return dirtyPages;
    }
  }
}
