package emulha.traces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The recorded checkpoints of one VM at one interval. Immutable; any number of cursors may read it.
 */
public interface Series {
  /** What is known of the recording. */
  SeriesInfo info();

  /** Starts reading from the beginning. */
  SeriesCursor open() throws IOException;

  /**
   * The same series for whom reading it is to take as little time as it can, on a second processor
   * where that helps. Not for who measures meanwhile.
   */
  default Series readAhead() {
    return this;
  }

  /**
   * The series in a directory or in a {@code .tar.zst} archive of one; {@code traces/FORMAT.md}
   * specifies both.
   *
   * @throws IOException if there is no series, or its description is damaged
   */
  static Series at(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new IOException(
          path + ": no such file; give the directory of a series or its .tar.zst archive");
    }
    return FileSeries.at(path);
  }
}
