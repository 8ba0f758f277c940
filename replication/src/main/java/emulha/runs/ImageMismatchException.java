package emulha.runs;

import java.io.IOException;

/** A fail-over image does not, or would not, equal the recording. */
public final class ImageMismatchException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The message says which VM and checkpoint. */
  public ImageMismatchException(String message) {
    super(message);
  }
}
