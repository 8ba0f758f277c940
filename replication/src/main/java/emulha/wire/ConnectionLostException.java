package emulha.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The connection ended, broke, or timed out where more was expected of it. */
public final class ConnectionLostException extends IOException {
  private static final long serialVersionUID = 1L;

  ConnectionLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
