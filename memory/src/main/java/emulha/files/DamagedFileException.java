package emulha.files;

import java.io.IOException;

/** Input that is truncated, altered or of another format; says which file, where, and what. */
public final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param file the file as the user knows it
   * @param offset byte offset at which the input stopped making sense
   * @param reason what was expected and what was found
   */
  public DamagedFileException(String file, long offset, String reason) {
    super(file + ": byte " + offset + ": " + reason);
  }
}
