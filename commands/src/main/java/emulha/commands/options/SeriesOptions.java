package emulha.commands.options;

import com.beust.jcommander.Parameter;
import emulha.traces.Series;
import emulha.traces.views.MergedSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options that choose what is replayed. */
public final class SeriesOptions {
  @Parameter(
      names = "--trace",
      required = true,
      order = 0,
      splitter = Verbatim.class,
      description = "Series to replay, directory or .tar.zst; once per VM protected together")
  public List<String> traces;

  @Parameter(
      names = "--interval",
      order = 2,
      description =
          "Checkpointing interval, the recording's own (the default) or a multiple of it, such as"
              + " 100ms or 2s")
  public @Nullable String interval;

  /** The series, at the interval asked for. */
  public List<Series> open() throws IOException {
    List<Series> series = new ArrayList<>();
    for (String trace : traces) {
      Series recorded = Series.at(Path.of(trace));
      series.add(
          interval == null
              ? recorded
              : MergedSeries.atInterval(recorded, Values.nanoseconds("--interval", interval)));
    }
    return series;
  }
}
