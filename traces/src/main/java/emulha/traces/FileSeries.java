package emulha.traces;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A series in a directory or in an archive.
 *
 * @param ahead whether cursors decompress ahead, on a thread of their own
 */
record FileSeries(Path path, SeriesInfo info, boolean ahead) implements Series {
  static FileSeries at(Path path) throws IOException {
    try (var files = SeriesFiles.of(path, false)) {
      return new FileSeries(path, files.json().info(path), false);
    }
  }

  @Override
  public SeriesCursor open() throws IOException {
    return new SeriesFilesCursor(SeriesFiles.of(path, ahead), info);
  }

  @Override
  public Series readAhead() {
    return new FileSeries(path, info, true);
  }
}
