package emulha.codecs;

import java.io.IOException;

/** Encoded bytes that no encoder of the method writes. The message has lane, offset and reason. */
public final class CorruptEncodingException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param lane lane number, 0 for control
   * @param offset byte offset in the lane of this checkpoint
   * @param reason what was expected and found
   */
  public CorruptEncodingException(int lane, long offset, String reason) {
    super("corrupt encoding in lane " + lane + " at offset " + offset + ": " + reason);
  }
}
