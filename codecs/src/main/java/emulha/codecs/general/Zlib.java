package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Raw deflate streams by the JDK's zlib: window of 32 KiB, memory level 8. */
final class Zlib {
  /** zconf.h: (1 &lt;&lt; (windowBits + 2)) + (1 &lt;&lt; (memLevel + 9)). */
  private static final long DEFLATE_STATE_BYTES = (1 << 17) + (1 << 17);

  /** zconf.h: 1 &lt;&lt; windowBits, and about 7 KiB. */
  private static final long INFLATE_STATE_BYTES = (1 << 15) + (7 << 10);

  private Zlib() {}

  /**
   * The codec.
   *
   * @param level 1 to 9
   */
  static Codec ofLevel(int level) {
    return new SimpleCodec(
        () -> "native zlib of the JDK",
        70_000,
        () -> new Compressor(new Deflater(level, true)),
        Decompressor::new);
  }

  private record Compressor(Deflater deflater) implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return Math.addExact(length, (length >>> 10) + 64);
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      deflater.reset();
      deflater.setInput(source, offset, length);
      deflater.finish();
      int size = deflater.deflate(target, targetOffset, bound(length));
      if (!deflater.finished()) {
        throw new IllegalStateException("deflate exceeds its bound of " + size + " bytes");
      }
      return size;
    }

    @Override
    public long retainedBytes() {
      return DEFLATE_STATE_BYTES;
    }

    @Override
    public void close() {
      deflater.close();
    }
  }

  private static final class Decompressor implements Codec.Decompressor {
    private final Inflater inflater = new Inflater(true);
    private final byte[] beyond = new byte[1];

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      inflater.reset();
      inflater.setInput(lane.bytes(), at, size);
      try {
        int restored = inflater.inflate(target, offset, length);
        if (restored != length) {
          throw lane.corrupt("deflate stream holds " + restored + " of " + length + " bytes");
        }
        if (!inflater.finished() && inflater.inflate(beyond) != 0) {
          throw lane.corrupt("deflate stream holds more than " + length + " bytes");
        }
      } catch (DataFormatException e) {
        throw lane.corrupt("deflate stream: " + e.getMessage());
      }
      if (!inflater.finished() || inflater.getRemaining() != 0) {
        throw lane.corrupt("deflate stream does not end after " + size + " bytes");
      }
    }

    @Override
    public long retainedBytes() {
      return INFLATE_STATE_BYTES;
    }

    @Override
    public void close() {
      inflater.close();
    }
  }
}
