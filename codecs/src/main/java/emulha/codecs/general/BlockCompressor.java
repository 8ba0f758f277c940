package emulha.codecs.general;

import java.io.IOException;
import java.util.function.IntUnaryOperator;

/**
 * Compresses by one call of a library.
 *
 * @param bounds largest encoding of a number of bytes
 */
record BlockCompressor(IntUnaryOperator bounds, Call call, long retainedBytes)
    implements Codec.Compressor {
  /** The call. */
  interface Call {
    /** Compresses into at most {@code room} bytes; the size of the encoding. */
    int compress(byte[] source, int offset, int length, byte[] target, int targetOffset, int room)
        throws IOException;
  }

  @Override
  public int bound(int length) {
    return bounds.applyAsInt(length);
  }

  @Override
  public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
      throws IOException {
    return call.compress(source, offset, length, target, targetOffset, bound(length));
  }
}
