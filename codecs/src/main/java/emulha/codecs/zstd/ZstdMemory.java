package emulha.codecs.zstd;

import java.lang.foreign.MemorySegment;

/**
 * What libzstd's contexts retain. zstd-jni cannot say it of its own, so a context of the system's
 * libzstd with the same settings is asked; where there is none, the figures of libzstd 1.5.4 at
 * level 3 stand in.
 */
public final class ZstdMemory {
  /** A decompression context: {@code ZSTD_sizeof_DCtx} of libzstd 1.5.4. */
  public static final long DECOMPRESSOR_BYTES = 95_992;

  private static final int SMALL = 16 << 10;
  private static final long SMALL_COMPRESSOR_BYTES = 90_016;
  private static final long LARGE_COMPRESSOR_BYTES = 1_303_456;

  /** Beyond this the tables grow no more at the usual levels. */
  static final int LARGE = 1 << 20;

  private ZstdMemory() {}

  /** Bytes that a compression context retains after inputs of at most {@code longest} bytes. */
  public static long compressorBytes(int level, int longest) {
    if (!Libzstd.AVAILABLE) {
      return longest <= SMALL ? SMALL_COMPRESSOR_BYTES : LARGE_COMPRESSOR_BYTES;
    }
    MemorySegment context = Libzstd.createCompressor(level);
    try {
      if (longest > 0) {
        int length = Math.min(longest, LARGE);
        Libzstd.compress(
            context,
            MemorySegment.ofArray(new byte[length]),
            MemorySegment.ofArray(new byte[length + (length >>> 8) + 64]));
      }
      return Libzstd.compressorBytes(context);
    } finally {
      Libzstd.freeCompressor(context);
    }
  }
}
