package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.Parameter;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lzo.LzoCompressor;
import io.airlift.compress.v3.lzo.LzoDecompressor;
import java.util.List;

/** LZO1X blocks. In Java: the C library is under a licence that would bind this project. */
public final class Lzo extends CodecProvider {
  @Override
  public String name() {
    return "lzo";
  }

  @Override
  public String summary() {
    return "LZO1X block";
  }

  @Override
  public String source() {
    return "CRIU talk (LPC), background; LZO1X as in Linux, Documentation/staging/lzo.rst";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(SCOPE);
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new Blocks();
  }

  /** LZO1X blocks. */
  private record Blocks() implements Codec {
    @Override
    public int usualNanos() {
      return 8_000;
    }

    @Override
    public String binding() {
      return "aircompressor Java";
    }

    @Override
    public Codec.Compressor newCompressor() {
      return new BlockCompressor(new LzoCompressor());
    }

    @Override
    public Codec.Decompressor newDecompressor() {
      return new BlockDecompressor(new LzoDecompressor());
    }
  }

  private record BlockCompressor(LzoCompressor lzo) implements Codec.Compressor {
    @Override
    public int bound(int length) {
      return lzo.maxCompressedLength(length);
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      return lzo.compress(source, offset, length, target, targetOffset, bound(length));
    }

    @Override
    public long retainedBytes() {
      return lzo.getRetainedSizeInBytes(emulha.memory.Page.BYTES);
    }
  }

  private record BlockDecompressor(LzoDecompressor lzo) implements Codec.Decompressor {
    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      int restored;
      try {
        restored = lzo.decompress(lane.bytes(), at, size, target, offset, length);
      } catch (MalformedInputException | IllegalArgumentException e) {
        throw lane.corrupt("LZO block: " + e.getMessage());
      }
      if (restored != length) {
        throw lane.corrupt("LZO block holds " + restored + " of " + length + " bytes");
      }
    }

    @Override
    public long retainedBytes() {
      return 0;
    }
  }
}
