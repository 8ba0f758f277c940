package emulha.traces.capture.qemu;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Lets recorded guests run for one interval after the other, and halts them all in between. Closing
 * lets guests run on that were running before. Not thread-safe.
 */
sealed interface Stretch extends AutoCloseable permits HostClockStretch, GuestClockStretch {
  /** The one for guests that are all on the same clock. */
  static Stretch of(
      List<Recording> recordings, GuestCapture.Plan plan, BooleanSupplier interrupted) {
    return switch (recordings.getFirst().guest().identity().clock().kind()) {
      case HOST -> new HostClockStretch(recordings, plan, interrupted);
      case GUEST -> new GuestClockStretch(recordings, plan, interrupted);
    };
  }

  /**
   * Halts the guests where their bases are to be taken.
   *
   * @throws IOException if a guest was paused from elsewhere
   */
  void begin() throws IOException;

  /**
   * Lets the guests run until the end of an interval.
   *
   * @return false if interrupted before
   * @throws emulha.traces.capture.GuestGoneException if a guest ended or was halted from elsewhere
   */
  boolean next() throws IOException;

  /** How far apart the guests were halted, a few words. */
  String skew();

  @Override
  void close() throws IOException;
}
