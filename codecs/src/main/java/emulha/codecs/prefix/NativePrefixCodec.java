package emulha.codecs.prefix;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
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

  private static void copy(byte[] bytes, int offset, int length, MemorySegment target, long at) {
    MemorySegment.copy(bytes, offset, target, ValueLayout.JAVA_BYTE, at, length);
  }

  private static final class PrefixCompressor implements PrefixCodec.Compressor {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment context;
    private final int pageBytes;
    private final int bound;
    private final MemorySegment prefix;
    private final MemorySegment frame;

    PrefixCompressor(int level, PageSize pageSize) {
      pageBytes = pageSize.bytes();
      bound = PrefixCodec.bound(pageSize);
      prefix = arena.allocate(pageBytes);
      frame = arena.allocate(bound);
      context = Libzstd.createCompressor(level);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      copy(bytes, offset, pageBytes, prefix, 0);
      Libzstd.prefixCompressor(context, prefix);
    }

    @Override
    public int bound() {
      return bound;
    }

    @Override
    public int compress(byte[] page, int offset, byte[] target, int targetOffset) {
      MemorySegment source = MemorySegment.ofArray(page).asSlice(offset, pageBytes);
      int size = Libzstd.compress(context, source, frame) - HEADER_BYTES;
      MemorySegment.copy(frame, ValueLayout.JAVA_BYTE, HEADER_BYTES, target, targetOffset, size);
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
    private final int pageBytes;
    private final MemorySegment prefix;
    private final MemorySegment frame;

    PrefixDecompressor(PageSize pageSize) {
      pageBytes = pageSize.bytes();
      prefix = arena.allocate(pageBytes);
      frame = arena.allocate(HEADER_BYTES + pageBytes);
      copy(PrefixCodec.frameHeader(), 0, HEADER_BYTES, frame, 0);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      copy(bytes, offset, pageBytes, prefix, 0);
      Libzstd.prefixDecompressor(context, prefix);
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset)
        throws CorruptEncodingException {
      int at = lane.take(size);
      copy(lane.bytes(), at, size, frame, HEADER_BYTES);
      long restored =
          Libzstd.decompress(
              context,
              frame.asSlice(0, HEADER_BYTES + size),
              MemorySegment.ofArray(target).asSlice(offset, pageBytes));
      if (restored != pageBytes) {
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
