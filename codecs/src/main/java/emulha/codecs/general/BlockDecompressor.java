package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.io.IOException;

/**
 * Restores by one call of a library, which refuses what is damaged by an exception.
 *
 * @param format what it takes, for example {@code LZ4 block}
 */
record BlockDecompressor(String format, Call call) implements Codec.Decompressor {
  /** The call. */
  interface Call {
    /** Restores at most {@code length} bytes; how many an encoding holds. */
    int restore(byte[] source, int at, int size, byte[] target, int offset, int length)
        throws IOException;
  }

  @Override
  public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
      throws CorruptEncodingException {
    int at = lane.take(size);
    int restored;
    try {
      restored = call.restore(lane.bytes(), at, size, target, offset, length);
    } catch (IOException | RuntimeException e) {
      throw lane.corrupt(format + ": " + e.getMessage());
    }
    if (restored != length) {
      throw lane.corrupt("%s holds %d of %d bytes".formatted(format, restored, length));
    }
  }
}
