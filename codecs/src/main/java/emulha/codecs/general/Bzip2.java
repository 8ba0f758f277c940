package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;

/**
 * bzip2 streams, less the four bytes that each begins with: {@code BZh} and the block size, which
 * is the smallest multiple of 100 kB that holds the bytes, 900 kB at most.
 */
public final class Bzip2 extends KeylessCodec {
  private static final int HEADER_BYTES = 4;
  private static final int UNIT = 100_000;

  /** Of it bzip2 leaves some bytes free. */
  private static final int SPARE = 20;

  /** The stage. */
  public Bzip2() {
    super("bzip2", "bzip2 stream without its four-byte header", "lzbench's list; bzip2 1.0");
  }

  @Override
  public int usualNanos() {
    return 1_000_000;
  }

  @Override
  public String binding() {
    return "commons-compress Java";
  }

  @Override
  public Codec.Compressor newCompressor() {
    return new Encoder();
  }

  @Override
  public Codec.Decompressor newDecompressor() {
    return Bzip2::decompress;
  }

  /** The block size in units of 100 kB. */
  static int units(int length) {
    return (int) Math.min(9, (length + length / 4L + SPARE) / UNIT + 1);
  }

  private static final class Encoder implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return length + length / 50 + 1024;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      var stream = new ByteArrayOutputStream(length);
      try (OutputStream bzip2 = new BZip2CompressorOutputStream(stream, units(length))) {
        bzip2.write(source, offset, length);
      }
      int size = stream.size() - HEADER_BYTES;
      System.arraycopy(stream.toByteArray(), HEADER_BYTES, target, targetOffset, size);
      return size;
    }
  }

  private static void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
      throws CorruptEncodingException {
    byte[] stream = new byte[HEADER_BYTES + size];
    stream[0] = 'B';
    stream[1] = 'Z';
    stream[2] = 'h';
    stream[3] = (byte) ('0' + units(length));
    lane.read(stream, HEADER_BYTES, size);
    var source = new ByteArrayInputStream(stream);
    try (InputStream bzip2 = new BZip2CompressorInputStream(source)) {
      int restored = bzip2.readNBytes(target, offset, length);
      if (restored != length || bzip2.read() >= 0) {
        throw lane.corrupt("bzip2 stream does not hold " + length + " bytes");
      }
    } catch (CorruptEncodingException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw lane.corrupt("bzip2 stream: " + e);
    }
    if (source.available() != 0) {
      throw lane.corrupt("bzip2 stream ends before its " + size + " bytes");
    }
  }
}
