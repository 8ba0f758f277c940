package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.experiments.reduce.Reduction;
import emulha.runs.Environment;
import emulha.runs.ResultDirectory;
import emulha.traces.Series;
import emulha.traces.views.MergedSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a point in this process, without network and clock: see {@link Reduction}. */
public final class ReductionRunner implements PointRunner {
  private final List<String> commandLine;

  /**
   * @param commandLine for {@code manifest.json}
   */
  public ReductionRunner(List<String> commandLine) {
    this.commandLine = List.copyOf(commandLine);
  }

  @Override
  public int atOnce(int processors) {
    return processors;
  }

  @Override
  public void run(Point point, Path directory) throws IOException {
    List<Series> series = new ArrayList<>();
    for (Path trace : point.traces()) {
      Series recorded = Series.at(trace).readAhead();
      series.add(
          point.intervalNs() == 0
              ? recorded
              : MergedSeries.atInterval(recorded, point.intervalNs()));
    }
    try (var results = ResultDirectory.open(directory)) {
      results.run(
          Reduction.run(
              point.id(), series, point.method(), point.how().base(), results::checkpoint));
      results.commit(Environment.manifest(commandLine, Map.of("point", point.id())));
    }
  }
}
