package emulha.codecs;

import java.io.IOException;

/** Takes the encoded bytes of a checkpoint, lane by lane, in the order written within each lane. */
@FunctionalInterface
public interface FrameSink {
  /** Largest number of bytes given at once. */
  int MAX_BYTES = 256 * 1024;

  /**
   * Takes the next bytes of a lane. The array is the caller's again on return.
   *
   * @param lane 0 for control, above for payload
   * @param length 1 to {@link #MAX_BYTES}
   */
  void frame(int lane, byte[] bytes, int offset, int length) throws IOException;
}
