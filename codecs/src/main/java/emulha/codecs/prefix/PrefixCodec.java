package emulha.codecs.prefix;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;
import emulha.codecs.zstd.Libzstd;
import emulha.memory.PageSize;
import java.io.IOException;

/**
 * Encodes a page with earlier content at hand: as zstd blocks with that as prefix, into which
 * matches may reach back, or by a user's library. Immutable; what one implementation of zstd
 * encoded, the other restores.
 */
public interface PrefixCodec {
  /** Room that zstd's encoding of a page takes at most: more than {@code ZSTD_COMPRESSBOUND}. */
  static int bound(PageSize pageSize) {
    return pageSize.bytes() + pageSize.bytes() / 128 + 480;
  }

  /** Bytes that a frame of libzstd begins with and ours leave out. */
  int HEADER_BYTES = 6;

  /**
   * A frame header: magic number, a descriptor that says nothing, and a window of 128 MiB, no less
   * than any in use here (RFC 8878 §3.1.1).
   */
  static byte[] frameHeader() {
    return new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) ((27 - 10) << 3)};
  }

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

  /** Compresses pages; owned by one thread. */
  interface Compressor extends AutoCloseable {
    /** Room that {@link #compress} needs. */
    int bound();

    /** Sets the prefix of the next page to be compressed; without this it has none. */
    void prefix(byte[] bytes, int offset);

    /**
     * Compresses a page.
     *
     * @param target has room for {@link #bound} bytes at {@code targetOffset}
     * @return size of the encoding
     */
    int compress(byte[] page, int offset, byte[] target, int targetOffset) throws IOException;

    /** Bytes that the state retains. */
    long retainedBytes();

    @Override
    void close();
  }

  /** Restores pages; owned by one thread. */
  interface Decompressor extends AutoCloseable {
    /** Sets the prefix of the next page to be restored; without this it has none. */
    void prefix(byte[] bytes, int offset);

    /** Takes the next {@code size} bytes of a lane and restores a page. */
    void decompress(LaneReader lane, int size, byte[] target, int offset)
        throws CorruptEncodingException;

    /** Bytes that the state retains. */
    long retainedBytes();

    @Override
    void close();
  }
}
