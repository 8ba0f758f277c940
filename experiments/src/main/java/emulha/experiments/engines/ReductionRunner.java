package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.experiments.reduce.Reduction;
import emulha.files.Closing;
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
 * in their methods, or in which of some VMs are protected together, share a pass over the series.
 *
 * @param commandLine for {@code manifest.json}
 */
public record ReductionRunner(List<String> commandLine) implements PointRunner {
  /** Most methods of the same VMs in a pass: reading is a small part of it then. */
  private static final int MOST_METHODS = 10;

  /** Most VMs in a pass, those of every point counted: methods keep memory of each at once. */
  private static final int MOST_VMS = 64;

  @Override
  public int atOnce(int processors) {
    return processors;
  }

  /**
   * What the points of a pass have in common.
   *
   * @param traces a set that has each of theirs in it
   */
  private record Pass(
      List<Path> traces, long intervalNs, Base base, int trial, boolean excludesFreePages) {
    static Pass of(Point point, List<List<Path>> sets) {
      return new Pass(
          largest(point.traces(), sets),
          point.intervalNs(),
          point.how().base(),
          point.trial(),
          point.method().excludesFreePages());
    }

    /** The largest of the sets that has another in it, the first if there are several. */
    private static List<Path> largest(List<Path> set, List<List<Path>> sets) {
      List<Path> largest = set;
      for (List<Path> other : sets) {
        if (other.size() > largest.size() && isSet(set) && isSet(other) && other.containsAll(set)) {
          largest = other;
        }
      }
      return largest;
    }
  }

  /** Whether no series is in it twice, as two VMs. */
  private static boolean isSet(List<Path> traces) {
    return traces.stream().distinct().count() == traces.size();
  }

  @Override
  public List<List<Point>> groups(List<Point> points) {
    List<List<Path>> sets = points.stream().map(Point::traces).distinct().toList();
    List<List<Point>> groups = new ArrayList<>();
    Map<Pass, List<Point>> open = new LinkedHashMap<>();
    for (Point point : points) {
      Pass pass = Pass.of(point, sets);
      List<Point> group = open.get(pass);
      if (group == null || isFull(group, point) || point.method().table().isPresent()) {
        group = new ArrayList<>();
        groups.add(group);
        if (point.method().table().isEmpty()) {
          open.put(pass, group);
        }
      }
      group.add(point);
    }
    return groups;
  }

  private static boolean isFull(List<Point> group, Point next) {
    long methods = group.stream().filter(one -> one.traces().equals(next.traces())).count();
    int vms = group.stream().mapToInt(one -> one.traces().size()).sum();
    return methods == MOST_METHODS || vms + next.traces().size() > MOST_VMS;
  }

  @Override
  public void run(Point point, Path directory) throws IOException {
    run(List.of(point), List.of(directory));
  }

  @Override
  public void run(List<Point> group, List<Path> directories) throws IOException {
    Map<List<Path>, List<Integer>> sets = new LinkedHashMap<>();
    for (int i = 0; i < group.size(); i++) {
      sets.computeIfAbsent(group.get(i).traces(), set -> new ArrayList<>()).add(i);
    }
    List<Path> traces =
        sets.size() == 1
            ? group.getFirst().traces()
            : sets.keySet().stream().flatMap(List::stream).distinct().toList();
    List<Series> series = new ArrayList<>();
    for (Path trace : traces) {
      Series recorded = Series.at(trace).readAhead();
      long intervalNs = group.getFirst().intervalNs();
      series.add(intervalNs == 0 ? recorded : MergedSeries.atInterval(recorded, intervalNs));
    }
    boolean ofOneLength =
        series.stream().mapToInt(one -> one.info().checkpoints()).distinct().count() == 1;
    if (sets.size() == 1 || ofOneLength) {
      pass(group, directories, traces, series);
    } else {
      // Each would end with the shortest of all, and not of its own.
      for (List<Integer> set : sets.values()) {
        run(set.stream().map(group::get).toList(), set.stream().map(directories::get).toList());
      }
    }
  }

  private void pass(
      List<Point> group, List<Path> directories, List<Path> traces, List<Series> series)
      throws IOException {
    List<ResultDirectory> results = new ArrayList<>();
    try {
      List<Reduction.Run> runs = new ArrayList<>();
      for (int i = 0; i < group.size(); i++) {
        Point point = group.get(i);
        ResultDirectory result = ResultDirectory.open(directories.get(i));
        results.add(result);
        List<Integer> vms =
            point.traces().equals(traces)
                ? Reduction.everyVm(series)
                : point.traces().stream().map(traces::indexOf).toList();
        runs.add(new Reduction.Run(point.id(), point.method(), vms, result::checkpoint));
      }
      List<RunRow> rows = Reduction.runAll(series, group.getFirst().how().base(), runs);
      for (int i = 0; i < group.size(); i++) {
        results.get(i).run(rows.get(i));
        results
            .get(i)
            .commit(Environment.manifest(commandLine, Map.of("point", group.get(i).id())));
      }
    } finally {
      Closing.all(results, ResultDirectory::close);
    }
  }
}
