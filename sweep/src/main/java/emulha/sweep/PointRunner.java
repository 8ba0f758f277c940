package emulha.sweep;

import java.io.IOException;
import java.nio.file.Path;

/** Where points run. Points that run at once are run from different threads. */
public interface PointRunner {
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
}
