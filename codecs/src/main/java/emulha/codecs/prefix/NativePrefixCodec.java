package emulha.codecs.prefix;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.general.SystemLibrary;
import emulha.codecs.zstd.Libzstd;
import emulha.codecs.zstd.ZstdBlocks;
import emulha.memory.PageSize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * By {@code ZSTD_CCtx_refPrefix} of the system's libzstd.
 *
 * @param level of zstd
 */
record NativePrefixCodec(int level) implements PrefixCodec {
  /**
   * A frame header, which encodings leave out: magic number, a descriptor that says nothing, and a
   * window of 128 MiB, no less than any in use here (RFC 8878 §3.1.1).
   */
  private static final byte[] HEADER = {
    0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) ((27 - 10) << 3)
  };

  @Override
  public String binding() {
    return "native libzstd " + Libzstd.version() + " refPrefix";
  }

  @Override
  public PrefixCodec.Compressor newCompressor(PageSize pageSize) {
    return new PrefixCompressor(level, pageSize);
  }

  @Override
  public PrefixCodec.Decompressor newDecompressor(PageSize pageSize) {
    return new PrefixDecompressor(pageSize);
  }

  private static final class PrefixCompressor implements PrefixCodec.Compressor {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment context;
    private final MemorySegment prefix;
    private final MemorySegment frame;

    PrefixCompressor(int level, PageSize pageSize) {
      prefix = arena.allocate(pageSize.bytes());
      frame = arena.allocate(bound(pageSize.bytes()));
      context = Libzstd.createCompressor(level);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      prefix.copyFrom(SystemLibrary.slice(bytes, offset, prefix.byteSize()));
      Libzstd.prefixCompressor(context, prefix);
    }

    /** More than {@code ZSTD_COMPRESSBOUND}. */
    @Override
    public int bound(int length) {
      return length + length / 128 + 480;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      int size =
          Libzstd.compress(context, SystemLibrary.slice(source, offset, length), frame)
              - HEADER.length;
      MemorySegment.copy(frame, ValueLayout.JAVA_BYTE, HEADER.length, target, targetOffset, size);
      return size;
    }

    @Override
    public long retainedBytes() {
      return Libzstd.compressorBytes(context) + prefix.byteSize() + frame.byteSize();
    }

    @Override
    public void close() {
      Libzstd.freeCompressor(context);
      arena.close();
    }
  }

  private static final class PrefixDecompressor implements PrefixCodec.Decompressor {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment context = Libzstd.createDecompressor();
    private final MemorySegment prefix;
    private final MemorySegment frame;

    PrefixDecompressor(PageSize pageSize) {
      prefix = arena.allocate(pageSize.bytes());
      frame =
          arena.allocate(HEADER.length + pageSize.bytes()).copyFrom(MemorySegment.ofArray(HEADER));
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      prefix.copyFrom(SystemLibrary.slice(bytes, offset, prefix.byteSize()));
      Libzstd.prefixDecompressor(context, prefix);
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      int at = lane.take(size);
      MemorySegment.copy(lane.bytes(), at, frame, ValueLayout.JAVA_BYTE, HEADER.length, size);
      long restored =
          Libzstd.decompress(
              context,
              frame.asSlice(0, HEADER.length + size),
              SystemLibrary.slice(target, offset, length));
      if (restored != length) {
        throw lane.corrupt("damaged zstd frame of " + size + " bytes");
      }
      ZstdBlocks.requireOneFrame(lane, lane.bytes(), at, size);
    }

    @Override
    public long retainedBytes() {
      return Libzstd.decompressorBytes(context) + prefix.byteSize() + frame.byteSize();
    }

    @Override
    public void close() {
      Libzstd.freeDecompressor(context);
      arena.close();
    }
  }
}
