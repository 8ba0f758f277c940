package emulha.traces;

import java.io.IOException;

/**
 * The recorded checkpoints of one VM at one interval. Immutable; any number of cursors may read it.
 */
public interface Series {
  /** What is known of the recording. */
  SeriesInfo info();

  /** Starts reading from the beginning. */
  SeriesCursor open() throws IOException;
}
