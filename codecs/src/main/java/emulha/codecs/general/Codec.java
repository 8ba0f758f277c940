package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.memory.PageSize;
import java.io.IOException;

/**
 * A general-purpose compression format with its settings, applied to one run of bytes at a time,
 * each encoded alone. Immutable; its workers are each owned by one thread and reused from call to
 * call.
 */
public interface Codec {
  /** {@link #usualNanos} of a codec that does not tell. */
  int USUAL_NANOS = 20_000;

  /** Which implementation does the work on this machine. */
  String binding();

  /** The codec as it is for runs no longer than a page, each compressed alone. */
  default Codec ofPages(PageSize pageSize) {
    return this;
  }

  /** As {@link emulha.codecs.Stage#usualNanos}. */
  default int usualNanos() {
    return USUAL_NANOS;
  }

  /** Makes a compressor. */
  Compressor newCompressor();

  /** Makes a decompressor. */
  Decompressor newDecompressor();

  /** Compresses runs of bytes, one after another. */
  interface Compressor extends AutoCloseable {
    /** Largest encoding of {@code length} bytes. */
    default int bound(int length) {
      return length;
    }

    /**
     * Compresses {@code length} bytes.
     *
     * @param target has room for {@code bound(length)} bytes at {@code targetOffset}
     * @return size of the encoding, at least 1
     */
    int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException;

    /** Bytes that the compressor's state retains. */
    default long retainedBytes() {
      return 0;
    }

    @Override
    default void close() {}
  }

  /** Restores what a {@link Compressor} encoded. */
  interface Decompressor extends AutoCloseable {
    /**
     * Takes the next {@code size} bytes of a lane and restores exactly {@code length} bytes.
     *
     * @throws CorruptEncodingException if they are not an encoding of exactly that many bytes
     */
    void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException;

    /** Bytes that the decompressor's state retains. */
    default long retainedBytes() {
      return 0;
    }

    @Override
    default void close() {}
  }
}
