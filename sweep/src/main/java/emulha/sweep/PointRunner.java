package emulha.sweep;

import java.io.IOException;
import java.nio.file.Path;

/** Where points run. */
public interface PointRunner {
  /**
   * Runs a point and waits for it.
   *
   * @param directory absent or empty; holds {@code checkpoints.csv}, {@code runs.csv} and {@code
   *     manifest.json} on return
   * @throws IOException if the run failed; the message says why in one line
   * @throws InterruptedException if interrupted; the run is stopped
   */
  void run(Point point, Path directory) throws IOException, InterruptedException;
}
