package emulha.codecs.general;

import emulha.codecs.Arguments;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.memory.PageSize;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lzo.LzoCompressor;
import io.airlift.compress.v3.lzo.LzoDecompressor;

/** LZO1X blocks. In Java: the C library is under a licence that would bind this project. */
public final class Lzo extends CodecProvider {
  public Lzo() {
    super(
        "lzo",
        "LZO1X block",
        "CRIU talk (LPC), background; LZO1X as in Linux, Documentation/staging/lzo.rst");
  }

  @Override
  protected Codec codec(Arguments arguments) {
    return new Blocks(PageSize.SMALL);
  }

  /** LZO1X blocks, of a page or so. */
  private record Blocks(PageSize pageSize) implements Codec {
    @Override
    public Codec ofPages(PageSize size) {
      return new Blocks(size);
    }

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
      return new BlockCompressor(new LzoCompressor(), pageSize.bytes());
    }

    @Override
    public Codec.Decompressor newDecompressor() {
      return new BlockDecompressor(new LzoDecompressor());
    }
  }

  private record BlockCompressor(LzoCompressor lzo, int usualBytes) implements Codec.Compressor {
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
      return lzo.getRetainedSizeInBytes(usualBytes);
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
  }
}
