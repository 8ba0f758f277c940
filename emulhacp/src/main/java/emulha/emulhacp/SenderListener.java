package emulha.emulhacp;

import emulha.metrics.CheckpointRow;
import emulha.metrics.SpinningRow;
import java.io.IOException;
import java.time.InstantSource;

/** Is told of a run's progress, by the sender's thread and outside all that is measured. */
@FunctionalInterface
public interface SenderListener {
  /** A row of {@code checkpoints.csv} is complete. Rows come in the order of the checkpoints. */
  void row(CheckpointRow row) throws IOException;

  /** The receiver accepted the session; {@code environment} describes its machine, as JSON. */
  default void connected(String environment) {}

  /** Replay {@code number}, from 0 and warm-up first, ended. */
  default void replayed(int number) {}

  /** An end watched its connection before it blocked: what came of that in the counted trials. */
  default void spun(SpinningRow row) throws IOException {}

  /** Something worth a line to the user. */
  default void note(String line) {}

  /** What stamps the beginning and the end of the counted trials; times are never taken from it. */
  default InstantSource wallClock() {
    return InstantSource.system();
  }
}
