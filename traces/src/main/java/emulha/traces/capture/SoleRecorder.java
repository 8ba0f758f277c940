package emulha.traces.capture;

import emulha.files.LockedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * That nobody else records the same guest or process, which would halt it between this recorder's
 * halts and take its written pages away: a lock on a file that stands for it, which ends with the
 * recorder.
 */
public final class SoleRecorder implements AutoCloseable {
  private final LockedFile locked;

  private SoleRecorder(LockedFile locked) {
    this.locked = locked;
  }

  /**
   * Takes the lock.
   *
   * @param file stands for what is recorded; its content is left alone
   * @param what is recorded, for the error
   * @throws IllegalArgumentException if another recorder has it
   */
  public static SoleRecorder of(Path file, String what) throws IOException {
    LockedFile held = LockedFile.hold(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (held == null) {
      throw new IllegalArgumentException(
          what + ": another recorder is at work on it; wait until it ends");
    }
    return new SoleRecorder(held);
  }

  @Override
  public void close() throws IOException {
    locked.close();
  }
}
