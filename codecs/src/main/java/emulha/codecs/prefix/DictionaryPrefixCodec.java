package emulha.codecs.prefix;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.zstd.Zstd;
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

  private static final class DictionaryCompressor extends Zstd.Compressor
      implements PrefixCodec.Compressor {
    private final byte[] prefix;

    DictionaryCompressor(int level, PageSize pageSize) {
      super(level);
      prefix = new byte[pageSize.bytes()];
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      System.arraycopy(bytes, offset, prefix, 0, prefix.length);
      dictionary(prefix);
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset) {
      int size = super.compress(source, offset, length, target, targetOffset);
      dictionary(NO_PREFIX);
      return size;
    }

    @Override
    public long retainedBytes() {
      return super.retainedBytes() + prefix.length;
    }
  }

  private static final class DictionaryDecompressor extends Zstd.Decompressor
      implements PrefixCodec.Decompressor {
    private final byte[] prefix;

    DictionaryDecompressor(PageSize pageSize) {
      prefix = new byte[pageSize.bytes()];
    }

    @Override
    public void prefix(byte[] bytes, int offset) {
      System.arraycopy(bytes, offset, prefix, 0, prefix.length);
      dictionary(prefix);
    }

    @Override
    public void decompress(LaneReader lane, int size, byte[] target, int offset, int length)
        throws CorruptEncodingException {
      try {
        super.decompress(lane, size, target, offset, length);
      } finally {
        dictionary(NO_PREFIX);
      }
    }

    @Override
    public long retainedBytes() {
      return super.retainedBytes() + prefix.length;
    }
  }
}
