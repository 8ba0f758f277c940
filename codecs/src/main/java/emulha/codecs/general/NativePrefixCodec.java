package emulha.codecs.general;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.memory.Page;
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
  public PrefixCodec.Compressor newCompressor() {
    return new PrefixCompressor(level);
  }

  @Override
  public PrefixCodec.Decompressor newDecompressor() {
    return new PrefixDecompressor();
  }

  private static void copy(byte[] bytes, int offset, int length, MemorySegment target, long at) {
    MemorySegment.copy(bytes, offset, target, ValueLayout.JAVA_BYTE, at, length);
  }

  private static final class PrefixCompressor implements PrefixCodec.Compressor {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment context;
    private final MemorySegment prefix = arena.allocate(Page.BYTES);
    private final MemorySegment frame = arena.allocate(BOUND);

    PrefixCompressor(int level) {
      context = Libzstd.createCompressor(level);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      copy(bytes, offset, Page.BYTES, prefix, 0);
      Libzstd.prefixCompressor(context, prefix);
    }

    @Override
    public int compress(byte[] page, int offset, byte[] target, int targetOffset) {
      MemorySegment source = MemorySegment.ofArray(page).asSlice(offset, Page.BYTES);
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
    private final MemorySegment prefix = arena.allocate(Page.BYTES);
    private final MemorySegment frame = arena.allocate(HEADER_BYTES + Page.BYTES);

    PrefixDecompressor() {
      copy(PrefixCodec.frameHeader(), 0, HEADER_BYTES, frame, 0);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      copy(bytes, offset, Page.BYTES, prefix, 0);
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
              MemorySegment.ofArray(target).asSlice(offset, Page.BYTES));
      if (restored != Page.BYTES) {
        throw lane.corrupt("damaged zstd frame of " + size + " bytes");
      }
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
