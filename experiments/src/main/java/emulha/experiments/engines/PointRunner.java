package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where points run. Points that run at once are run from different threads. */
public interface PointRunner extends AutoCloseable {
  /**
   * Learns which points will be run, before the first is.
   *
   * @throws IOException if none of them can be run
   */
  default void prepare(List<Point> points) throws IOException, InterruptedException {}

  /**
   * How many points to run at once.
   *
   * @param processors how many there are for points without network and clock
   */
  default int atOnce(int processors) {
    return 1;
  }

  /** What would be submitted somewhere for these points; nothing where they simply run. */
  default List<String> scripts(List<Point> points) {
    return List.of();
  }

  /**
   * Runs a point and waits for it.
   *
   * @param directory absent or empty; holds {@code checkpoints.csv}, {@code runs.csv} and {@code
   *     manifest.json} on return
   * @throws IOException if the run failed; the message says why in one line
   * @throws IllegalArgumentException if the point cannot be run; likewise
   * @throws InterruptedException if interrupted; the run is stopped
   */
  void run(Point point, Path directory) throws IOException, InterruptedException;

  /**
   * The points in groups, each of which is run together; here each by itself.
   *
   * @return every point once, in the order of the groups' first ones
   */
  default List<List<Point>> groups(List<Point> points) {
    return points.stream().map(List::of).toList();
  }

  /**
   * Runs a group of {@link #groups} and waits for it; as {@link #run(Point, Path)} does with one.
   *
   * @param directories of the points, in their order
   */
  default void run(List<Point> group, List<Path> directories)
      throws IOException, InterruptedException {
    for (int i = 0; i < group.size(); i++) {
      run(group.get(i), directories.get(i));
    }
  }

  /** No more points will be run; those that still run are stopped. */
  default void end() {}

  /** Takes down what was made for it. */
  @Override
  default void close() throws IOException {}
}
