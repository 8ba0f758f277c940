package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.experiments.reduce.Reduction;
import emulha.metrics.RunRow;
import emulha.runs.Base;
import emulha.runs.Environment;
import emulha.runs.ResultDirectory;
import emulha.traces.Series;
import emulha.traces.views.MergedSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs points in this process, without network and clock: see {@link Reduction}. Points that differ
 * in their methods alone share a pass over the series.
 */
public final class ReductionRunner implements PointRunner {
  /** Most methods in a pass: reading is a small part of it then, and each method keeps memory. */
  private static final int MOST_TOGETHER = 10;

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

  /** What the points of a pass have in common. */
  private record Pass(
      List<Path> traces, long intervalNs, Base base, int trial, boolean excludesFreePages) {
    static Pass of(Point point) {
      return new Pass(
          point.traces(),
          point.intervalNs(),
          point.how().base(),
          point.trial(),
          point.method().excludesFreePages());
    }
  }

  @Override
  public List<List<Point>> groups(List<Point> points) {
    List<List<Point>> groups = new ArrayList<>();
    Map<Pass, List<Point>> open = new LinkedHashMap<>();
    for (Point point : points) {
      List<Point> group = open.get(Pass.of(point));
      if (group == null || group.size() == MOST_TOGETHER || point.method().table().isPresent()) {
        group = new ArrayList<>();
        groups.add(group);
        if (point.method().table().isEmpty()) {
          open.put(Pass.of(point), group);
        }
      }
      group.add(point);
    }
    return groups;
  }

  @Override
  public void run(Point point, Path directory) throws IOException {
    run(List.of(point), List.of(directory));
  }

  @Override
  public void run(List<Point> group, List<Path> directories) throws IOException {
    Point first = group.getFirst();
    List<Series> series = new ArrayList<>();
    for (Path trace : first.traces()) {
      Series recorded = Series.at(trace).readAhead();
      series.add(
          first.intervalNs() == 0
              ? recorded
              : MergedSeries.atInterval(recorded, first.intervalNs()));
    }
    List<ResultDirectory> results = new ArrayList<>();
    try {
      List<Reduction.Run> runs = new ArrayList<>();
      for (int i = 0; i < group.size(); i++) {
        ResultDirectory result = ResultDirectory.open(directories.get(i));
        results.add(result);
        runs.add(new Reduction.Run(group.get(i).id(), group.get(i).method(), result::checkpoint));
      }
      List<RunRow> rows = Reduction.runAll(series, first.how().base(), runs);
      for (int i = 0; i < group.size(); i++) {
        results.get(i).run(rows.get(i));
        results
            .get(i)
            .commit(Environment.manifest(commandLine, Map.of("point", group.get(i).id())));
      }
    } finally {
      for (ResultDirectory result : results) {
        result.close();
      }
    }
  }
}
