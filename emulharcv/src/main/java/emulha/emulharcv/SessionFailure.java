package emulha.emulharcv;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Makes whatever ended a session its reason, in one line. A session ends by an {@link Error} as it
 * does by a lost connection: its images are made usable, its peer is told, and the receiver goes
 * on, or ends.
 */
final class SessionFailure {
  private SessionFailure() {}

  /** The reason, or that the receiver was stopped, which ends a session in whatever way it can. */
  static IOException of(Throwable failure, boolean stopped) {
    return stopped ? new IOException(Receiver.STOPPED, failure) : of(failure);
  }

  /** The reason; an {@link IOException} is its own. */
  static IOException of(Throwable failure) {
    return switch (failure) {
      case IOException e -> e;
      case UncheckedIOException e -> of(e.getCause());
      case OutOfMemoryError e ->
          new IOException(
              "out of memory (%s); give the receiver more with EMULHA_JAVA_OPTS=-Xmx…, or fewer VMs"
                  .formatted(e.getMessage()),
              e);
      // What the JVM makes of a bus error.
      case InternalError e ->
          new IOException(
              "a file of the store cannot be read where it is mapped into memory; its disk is full"
                  + " or broken, or the file was cut short",
              e);
      default -> new IOException("internal error: " + failure, failure);
    };
  }
}
