package emulha.experiments.engines;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The states of Slurm's jobs, all of which are asked for at once. Where the controller is too busy
 * to answer, the jobs go on: nothing is known of them then, unless it does not answer for long.
 */
final class JobStates {
  /** How often in a row it may fail to answer. */
  static final int MOST_FAILURES = 60;

  /** Of a job that Slurm does not know, or no longer. */
  private static final String GONE = "gone";

  private final Slurm.Request<Map<String, String>> question;
  private final long everyNs;
  private Map<String, String> states = Map.of();
  private long askedAt;

  /** Those since the last answer. */
  private int failures;

  private @Nullable IOException failure;

  /**
   * @param question by job, its state
   * @param everyNs how long an answer is taken for what is so
   */
  JobStates(Slurm.Request<Map<String, String>> question, long everyNs) {
    this.question = question;
    this.everyNs = everyNs;
    askedAt = System.nanoTime() - everyNs;
  }

  /**
   * A job's state; empty while that is not known.
   *
   * @throws IOException if Slurm has not answered too often; it says what it said
   */
  synchronized Optional<String> of(String job) throws IOException, InterruptedException {
    if (System.nanoTime() - askedAt >= everyNs) {
      try {
        states = question.ask();
        failures = 0;
        failure = null;
      } catch (IOException e) {
        failures++;
        failure = e;
      }
      askedAt = System.nanoTime();
    }
    if (failure == null) {
      return Optional.of(states.getOrDefault(job, GONE));
    }
    if (failures > MOST_FAILURES) {
      throw new IOException(failure.getMessage(), failure);
    }
    return Optional.empty();
  }
}
