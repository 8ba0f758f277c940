package emulha.wire;

import java.io.IOException;

/** Where frames come from, checked; owned by one thread. */
public sealed interface FrameSource permits FrameReader, SpreadReader {
  /**
   * Reads the next frame's header, passing over heartbeats; the body must be read before the next
   * call.
   *
   * @throws ConnectionLostException if the peer closed the connection
   * @throws java.net.ProtocolException if what arrives is not the next frame
   */
  void requireNext() throws IOException;

  /** Type of the frame. */
  FrameType type();

  /** The frame's lane, 0 to 65535; meaningful for {@link FrameType#LANE}. */
  int lane();

  /** Bytes in the frame's body, 0 to 256 KiB. */
  int length();

  /**
   * Reads the frame's body.
   *
   * @param target takes {@link #length} bytes from {@code offset}; undefined if an exception is
   *     thrown
   */
  void readBody(byte[] target, int offset) throws IOException;

  /** Reads the body of a frame that is a message. */
  Message readMessage() throws IOException;

  /**
   * Reads the next frame, which must be a message.
   *
   * @throws ConnectionLostException if the peer closed the connection
   */
  default Message nextMessage() throws IOException {
    requireNext();
    return readMessage();
  }

  /** When anything last came from the peer, by {@link System#nanoTime}. */
  long heardAt();

  /** What watching the connection before waits came to so far; nothing where it is not watched. */
  Spun spun();
}
