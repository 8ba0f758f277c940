package emulha.traces.capture;

import java.io.IOException;

/** A guest ended while it was being recorded; what was recorded before is sound. */
public final class GuestGoneException extends IOException {
  private static final long serialVersionUID = 1;

  /** The message says what became of the guest. */
  public GuestGoneException(String message) {
    super(message);
  }
}
