package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.Parameter;
import emulha.memory.PageSize;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
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
      return new StreamCompressor(options);
    }

    @Override
    public Codec.Decompressor newDecompressor() {
      return new StreamDecompressor(options, new BasicArrayCache());
    }
  }

  /** A stream into a given place of an array. */
  private static final class Sink extends FinishableOutputStream {
    private byte[] target = new byte[0];
    private int start;
    private int position;

    void at(byte[] target, int offset) {
      this.target = target;
      this.start = offset;
      this.position = offset;
    }

    int written() {
      return position - start;
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

  private static final class StreamCompressor implements Codec.Compressor {
    private final LZMA2Options options;
    private final ArrayCache arrays = new BasicArrayCache();
    private final Sink sink = new Sink();

    StreamCompressor(LZMA2Options options) {
      this.options = options;
    }

    @Override
    public int bound(int length) {
      return Math.addExact(length, (length >>> 10) + 64);
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset)
        throws IOException {
      sink.at(target, targetOffset);
      try (FinishableOutputStream out = options.getOutputStream(sink, arrays)) {
        out.write(source, offset, length);
        out.finish();
      }
      return sink.written();
    }

    @Override
    public long retainedBytes() {
      return (long) options.getEncoderMemoryUsage() << 10;
    }
  }

  private record StreamDecompressor(LZMA2Options options, ArrayCache arrays)
      implements Codec.Decompressor {
    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      var encoding = new ByteArrayInputStream(lane.bytes(), at, size);
      try (InputStream in = options.getInputStream(encoding, arrays)) {
        int restored = in.readNBytes(target, offset, length);
        if (restored != length) {
          throw lane.corrupt("LZMA2 stream holds " + restored + " of " + length + " bytes");
        }
        if (in.read() >= 0) {
          throw lane.corrupt("LZMA2 stream holds more than " + length + " bytes");
        }
      } catch (CorruptEncodingException e) {
        throw e;
      } catch (IOException e) {
        throw lane.corrupt("LZMA2 stream: " + e);
      }
      if (encoding.available() != 0) {
        throw lane.corrupt("LZMA2 stream does not end after " + size + " bytes");
      }
    }

    @Override
    public long retainedBytes() {
      return (long) options.getDecoderMemoryUsage() << 10;
    }
  }
}
