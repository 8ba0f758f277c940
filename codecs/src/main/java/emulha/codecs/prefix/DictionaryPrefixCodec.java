package emulha.codecs.prefix;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.zstd.Zstd;
import emulha.codecs.zstd.ZstdBlocks;
import emulha.codecs.zstd.ZstdMemory;
import emulha.memory.PageSize;

/**
 * By {@code ZSTD_CCtx_loadDictionary} of zstd-jni, which has no prefixes: the same format, but the
 * dictionary's tables are built anew for each page, and sizes differ a little.
 *
 * @param level of zstd
 */
record DictionaryPrefixCodec(int level) implements PrefixCodec {
  private static final byte[] NO_PREFIX = new byte[0];

  @Override
  public String binding() {
    return Zstd.library() + " loadDict";
  }

  @Override
  public PrefixCodec.Compressor newCompressor(PageSize pageSize) {
    return new DictionaryCompressor(level, pageSize);
  }

  @Override
  public PrefixCodec.Decompressor newDecompressor(PageSize pageSize) {
    return new DictionaryDecompressor(pageSize);
  }

  private static final class DictionaryCompressor implements PrefixCodec.Compressor {
    private final ZstdCompressCtx zstd = new ZstdCompressCtx();
    private final int level;
    private final int pageBytes;
    private final int bound;
    private final byte[] prefix;
    private final byte[] frame;

    DictionaryCompressor(int level, PageSize pageSize) {
      pageBytes = pageSize.bytes();
      this.level = level;
      bound = PrefixCodec.bound(pageSize);
      prefix = new byte[pageBytes];
      frame = new byte[bound];
      zstd.setLevel(level).setContentSize(false).setChecksum(false).setDictID(false);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      System.arraycopy(bytes, offset, prefix, 0, pageBytes);
      zstd.loadDict(prefix);
    }

    @Override
    public int bound() {
      return bound;
    }

    @Override
    public int compress(byte[] page, int offset, byte[] target, int targetOffset) {
      int size = zstd.compressByteArray(frame, 0, bound, page, offset, pageBytes) - HEADER_BYTES;
      System.arraycopy(frame, HEADER_BYTES, target, targetOffset, size);
      zstd.loadDict(NO_PREFIX);
      return size;
    }

    @Override
    public long retainedBytes() {
      return ZstdMemory.compressorBytes(level, pageBytes) + prefix.length + frame.length;
    }

    @Override
    public void close() {
      zstd.close();
    }
  }

  private static final class DictionaryDecompressor implements PrefixCodec.Decompressor {
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final int pageBytes;
    private final byte[] prefix;
    private final byte[] frame;

    DictionaryDecompressor(PageSize pageSize) {
      pageBytes = pageSize.bytes();
      prefix = new byte[pageBytes];
      frame = new byte[HEADER_BYTES + pageBytes];
      System.arraycopy(PrefixCodec.frameHeader(), 0, frame, 0, HEADER_BYTES);
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      System.arraycopy(bytes, offset, prefix, 0, pageBytes);
      zstd.loadDict(prefix);
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset)
        throws CorruptEncodingException {
      lane.read(frame, HEADER_BYTES, size);
      int restored;
      try {
        restored =
            zstd.decompressByteArray(target, offset, pageBytes, frame, 0, HEADER_BYTES + size);
      } catch (ZstdException e) {
        throw lane.corrupt("zstd frame: " + e.getMessage());
      } finally {
        zstd.loadDict(NO_PREFIX);
      }
      if (restored != pageBytes) {
        throw lane.corrupt("zstd frame holds " + restored + " bytes");
      }
      ZstdBlocks.requireOneFrame(lane, frame, HEADER_BYTES, size);
    }

    @Override
    public long retainedBytes() {
      return ZstdMemory.DECOMPRESSOR_BYTES + prefix.length + frame.length;
    }

    @Override
    public void close() {
      zstd.close();
    }
  }
}
