package emulha.traces;

import java.io.IOException;
import java.io.InputStream;

/** The files of one series, taken in their order: base, then checkpoints. */
interface SeriesFiles extends AutoCloseable {
  /**
   * A file opened for reading.
   *
   * @param content read front to back, closed by the reader
   * @param shownAs the file's name in errors
   */
  record Opened(InputStream content, String shownAs, long bytes) {}

  /** Opens a file; those before it in the order are passed over. */
  Opened open(String name) throws IOException;

  @Override
  void close() throws IOException;
}
