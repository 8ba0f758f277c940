package emulha.codecs.general;

import emulha.codecs.Arguments;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;

/**
 * bzip2 streams, less the four bytes that each begins with: {@code BZh} and the block size, which
 * is the smallest multiple of 100 kB that holds the bytes, 900 kB at most.
 */
public final class Bzip2 extends CodecProvider {
  private static final int HEADER_BYTES = 4;
  private static final int UNIT = 100_000;

  /** Of it bzip2 leaves some bytes free. */
  private static final int SPARE = 20;

  /** The stage. */
  public Bzip2() {
    super("bzip2", "bzip2 stream without its four-byte header", "lzbench's list; bzip2 1.0");
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new SimpleCodec(
        () -> "commons-compress Java",
        1_000_000,
        Encoder::new,
        () -> new StreamDecompressor("bzip2 stream", Bzip2::content, 0));
  }

  /** The block size in units of 100 kB. */
  static int units(int length) {
    return (int) Math.min(9, (length + length / 4L + SPARE) / UNIT + 1);
  }

  private record Encoder() implements Codec.Compressor {
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

  private static InputStream content(InputStream encoding, int length) throws IOException {
    var header = new ByteArrayInputStream(new byte[] {'B', 'Z', 'h', (byte) ('0' + units(length))});
    return new BZip2CompressorInputStream(new SequenceInputStream(header, encoding));
  }
}
