package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.Parameter;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.List;
import org.tukaani.xz.ArrayCache;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.FinishableOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.UnsupportedOptionsException;

/** LZMA2, the codec of xz. The content is a raw LZMA2 stream: no xz header, index or check. */
public final class Xz extends CodecProvider {
  public Xz() {
    super("xz", "raw LZMA2 stream", "CRIU talk (LPC), background; xz file format 1.2.1 §5.3.1");
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(new Parameter("level", "0..9", "6", "preset of xz"), SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    try {
      return new Streams(new LZMA2Options(arguments.integer("level", 0, 9)));
    } catch (UnsupportedOptionsException e) {
      throw new IllegalArgumentException("method 'xz': " + e.getMessage(), e);
    }
  }

  /**
   * Raw LZMA2 streams.
   *
   * @param options not to be changed
   */
  private record Streams(LZMA2Options options) implements Codec {
    @Override
    public int usualNanos() {
      return 1_000_000;
    }

    @Override
    public String binding() {
      return "xz-java";
    }

    /** Its dictionary is no larger than a page. */
    @Override
    public Codec ofPages(PageSize pageSize) {
      try {
        var ofPage = (LZMA2Options) options.clone();
        ofPage.setDictSize(pageSize.bytes());
        return new Streams(ofPage);
      } catch (UnsupportedOptionsException e) {
        throw new IllegalArgumentException("method 'xz': " + e.getMessage(), e);
      }
    }

    @Override
    public Codec.Compressor newCompressor() {
      return new StreamCompressor(options, new BasicArrayCache());
    }

    @Override
    public Codec.Decompressor newDecompressor() {
      var arrays = new BasicArrayCache();
      return new StreamDecompressor(
          "LZMA2 stream",
          (encoding, length) -> options.getInputStream(encoding, arrays),
          (long) options.getDecoderMemoryUsage() << 10);
    }
  }

  /** A stream into a given place of an array. */
  private static final class Sink extends FinishableOutputStream {
    private final byte[] target;
    private int position;

    Sink(byte[] target, int offset) {
      this.target = target;
      position = offset;
    }

    @Override
    public void write(int value) {
      target[position++] = (byte) value;
    }

    @Override
    public void write(byte[] source, int offset, int length) {
      System.arraycopy(source, offset, target, position, length);
      position += length;
    }
  }

  private record StreamCompressor(LZMA2Options options, ArrayCache arrays)
      implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return Math.addExact(length, (length >>> 10) + 64);
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      var sink = new Sink(target, targetOffset);
      try (FinishableOutputStream out = options.getOutputStream(sink, arrays)) {
        out.write(source, offset, length);
        out.finish();
      }
      return sink.position - targetOffset;
    }

    @Override
    public long retainedBytes() {
      return (long) options.getEncoderMemoryUsage() << 10;
    }
  }
}
