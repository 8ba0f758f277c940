package emulha.codecs.zstd;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.LaneReader;

/** The blocks of a Zstandard frame (RFC 8878 §3.1.1.2), which say where it ends. */
public final class ZstdBlocks {
  private static final int HEADER_BYTES = 3;

  /** The type of a block of one byte again and again, which is there once. */
  private static final int RLE = 1;

  private ZstdBlocks() {}

  /**
   * Requires that bytes are the blocks of one frame. libzstd takes a frame behind it for more of
   * the same, so without this others than an encoder writes would be taken.
   *
   * @param lane that they come from
   * @param bytes has the blocks, {@code size} bytes from {@code offset} on
   */
  public static void requireOneFrame(LaneReader lane, byte[] bytes, int offset, int size)
      throws CorruptEncodingException {
    int end = offset + size;
    int at = offset;
    boolean last = false;
    while (!last && end - at >= HEADER_BYTES) {
      int header = (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
      last = (header & 1) != 0;
      int type = (header >>> 1) & 3;
      at += HEADER_BYTES + (type == RLE ? 1 : header >>> 3);
    }
    if (!last || at != end) {
      throw lane.corrupt("zstd frame does not end after " + size + " bytes");
    }
  }
}
