package emulha.codecs.prefix;

import emulha.codecs.general.Codec;
import emulha.codecs.zstd.Libzstd;
import emulha.memory.PageSize;

/**
 * Encodes a page with earlier content at hand: as zstd blocks with that as prefix, into which
 * matches may reach back, or by a user's library. Immutable; what one implementation of zstd
 * encoded, the other restores.
 */
public interface PrefixCodec {
  /** The implementation that works on this machine: libzstd's prefixes, or zstd-jni. */
  static PrefixCodec ofLevel(int level) {
    return Libzstd.AVAILABLE ? new NativePrefixCodec(level) : new DictionaryPrefixCodec(level);
  }

  /**
   * Whether a page can be a prefix. One that begins with the magic number of a trained dictionary
   * would be taken for one by {@code ZSTD_CCtx_loadDictionary}.
   */
  static boolean canPrefix(byte[] bytes, int offset) {
    return bytes[offset] != 0x37
        || bytes[offset + 1] != (byte) 0xa4
        || bytes[offset + 2] != 0x30
        || bytes[offset + 3] != (byte) 0xec;
  }

  /** Which implementation this is. */
  String binding();

  /** Makes a compressor of pages of a size. */
  Compressor newCompressor(PageSize pageSize);

  /** Makes a decompressor of pages of a size. */
  Decompressor newDecompressor(PageSize pageSize);

  /** Compresses pages of the size that it was made for. */
  interface Compressor extends Codec.Compressor {
    /**
     * Sets the prefix of the next page to be compressed; without this it has none. The array must
     * not change until then.
     */
    void prefix(byte[] bytes, int offset);
  }

  /** Restores pages of the size that it was made for. */
  interface Decompressor extends Codec.Decompressor {
    /**
     * Sets the prefix of the next page to be restored; without this it has none. The array must not
     * change until then.
     */
    void prefix(byte[] bytes, int offset);
  }
}
