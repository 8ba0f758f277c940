package emulha.traces;

/** Told how far a long operation is. Called by the thread that runs the operation. */
@FunctionalInterface
public interface Progress {
  /** Tells nobody. */
  Progress NONE = (task, done, total) -> {};

  /**
   * Called after each step.
   *
   * @param task what is being done, a few words
   * @param done steps done
   * @param total steps in all
   */
  void step(String task, long done, long total);
}
