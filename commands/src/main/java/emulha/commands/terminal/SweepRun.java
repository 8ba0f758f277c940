package emulha.commands.terminal;

import emulha.analysis.measures.Evidence;
import emulha.analysis.measures.Stability;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.sweep.Sweep;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs sweeps and shows how far they are.
 *
 * @param command that runs them
 * @param err takes what is said of them
 */
public record SweepRun(String command, PrintStream err) {
  private static final int WARNINGS = 20;

  /**
   * Runs what is left of a sweep, and says what came of it.
   *
   * @param processors for points without network and clock
   * @param directory of the sweep
   * @throws IOException if points failed, or the sweep cannot be run
   */
  public void run(
      Sweep sweep, PointRunner runner, int processors, Path directory, PrintStream output)
      throws IOException, InterruptedException {
    int total = sweep.plan().points().size();
    int failed;
    try (var progress = Progress.on(err)) {
      failed = points(sweep, runner, processors, progress, "");
    }
    if (failed > 0) {
      throw new IOException(
          "%d of %d points failed, see %s/*.failed; go on with --resume"
              .formatted(failed, total, directory));
    }
    output.println(total + " points done, in " + directory);
    if (!sweep.plan().reduceOnly()) {
      warn(directory);
    }
  }

  /** What is to be known before the times are believed. */
  private void warn(Path directory) throws IOException {
    List<String> warnings = Stability.warnings(Evidence.read(directory));
    warnings.stream().limit(WARNINGS).forEach(this::say);
    if (warnings.size() > WARNINGS) {
      say("and %d more of the kind".formatted(warnings.size() - WARNINGS));
    }
  }

  /**
   * Runs what is left of a sweep.
   *
   * @param processors for points without network and clock
   * @param title stands before each point on the progress bar
   * @return the number of points that failed
   */
  public int points(
      Sweep sweep, PointRunner runner, int processors, Progress progress, String title)
      throws IOException, InterruptedException {
    return sweep.run(
        runner,
        runner.atOnce(processors),
        (task, done, total) -> progress.at(title + task, done, total),
        (point, reason) -> say(point.id() + " failed: " + Printable.text(reason)));
  }

  private void say(String line) {
    err.println("emulha %s: %s".formatted(command, line));
  }
}
