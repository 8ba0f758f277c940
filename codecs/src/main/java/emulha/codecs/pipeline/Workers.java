package emulha.codecs.pipeline;

import java.io.IOException;
import java.util.List;

/**
 * Runs a method's encoder threads (key {@code encoders=N}; FITDOC §III.C calls them producers). Who
 * gives the threads can read their CPU clocks.
 */
@FunctionalInterface
public interface Workers {
  /** Runs every task on the calling thread, one after another. */
  Workers IN_TURN =
      tasks -> {
        for (Task task : tasks) {
          task.run();
        }
      };

  /**
   * Runs the tasks, possibly at the same time, and returns when all have ended. What the caller did
   * before is seen by the tasks, and what they did is seen by the caller afterwards.
   *
   * @param tasks one per encoder thread, always in the same order
   * @throws IOException the first failure of a task
   */
  void run(List<Task> tasks) throws IOException;

  /** The work of one encoder thread on one VM's pages. */
  @FunctionalInterface
  interface Task {
    /** Does the work. */
    void run() throws IOException;
  }
}
