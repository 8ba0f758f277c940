package emulha.commands.traces;

import emulha.commands.terminal.Printable;
import emulha.traces.Series;
import emulha.traces.SeriesInfo;
import java.io.IOException;
import java.nio.file.Path;

/** What a recording says when it is done. */
final class Recorded {
  private Recorded() {}

  /** One line: how many checkpoints, how far apart, and how dirty pages were known. */
  static String line(Path series) throws IOException {
    SeriesInfo info = Series.at(series).info();
    return "%s: %d checkpoints of %s; dirty pages by %s"
        .formatted(series, info.checkpoints(), info.interval(), Printable.text(info.dirtyBy()));
  }
}
