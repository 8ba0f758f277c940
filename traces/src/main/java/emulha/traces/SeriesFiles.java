package emulha.traces;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of one series, taken in their order: its description, the base, the checkpoints. */
interface SeriesFiles extends AutoCloseable {
  /**
   * A file opened for reading.
   *
   * @param content read front to back, closed by the reader
   * @param shownAs the file's name in errors
   */
  record Opened(InputStream content, String shownAs, long bytes) {}

  /**
   * Those in a directory or an archive.
   *
   * @param ahead whether an archive is decompressed ahead, on a thread of its own
   */
  static SeriesFiles of(Path series, boolean ahead) throws IOException {
    return Files.isDirectory(series)
        ? new SeriesDirectory(series)
        : new SeriesArchive(series, ahead);
  }

  /** What the series says of itself. */
  SeriesJson json() throws IOException;

  /** Opens a file; those before it in the order are passed over. */
  Opened open(String name) throws IOException;

  /** Reads an archive to its end, which the decompressor checks; nothing more may be there. */
  void end() throws IOException;

  @Override
  void close() throws IOException;
}
