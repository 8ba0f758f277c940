package emulha.codecs.delta;

import emulha.memory.Page;
import emulha.memory.PageSize;
import java.util.Arrays;

/**
 * A delta that is defined on pages of 4096 bytes, applied to larger ones: block by block of 4096
 * bytes, each by its own definition. A page in which nothing differs gives no bytes. Of any other,
 * each block gives, in order, a number of two bytes, little-endian:
 *
 * <ul>
 *   <li>0: the block has not changed;
 *   <li>n up to 8191: n bytes follow, its encoding;
 *   <li>65535: it overflows, and its 4096 bytes follow.
 * </ul>
 *
 * A page overflows when it would not become smaller.
 */
public final class BlockwiseDelta extends PageDelta {
  private static final int UNCHANGED = 0;
  private static final int WHOLE = 0xffff;
  private static final int HEADER_BYTES = Short.BYTES;

  private final PageDelta block;
  private final int pageBytes;

  /**
   * @param block encodes a block
   */
  public BlockwiseDelta(PageDelta block, PageSize pageSize) {
    super(
        pageSize.bytes() + HEADER_BYTES + Math.max(Page.BYTES, block.reserveBytes()),
        0,
        pageSize.bytes() - 1);
    this.block = block;
    pageBytes = pageSize.bytes();
  }

  @Override
  public int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset) {
    if (Arrays.equals(
        old, oldOffset, oldOffset + pageBytes, page, pageOffset, pageOffset + pageBytes)) {
      return 0;
    }
    int at = targetOffset;
    for (int i = 0; i < pageBytes; i += Page.BYTES) {
      int length =
          block.encode(old, oldOffset + i, page, pageOffset + i, target, at + HEADER_BYTES);
      if (length == OVERFLOW) {
        at = writeHeader(target, at, WHOLE);
        System.arraycopy(page, pageOffset + i, target, at, Page.BYTES);
        at += Page.BYTES;
      } else if (length == block.unchangedBytes()) {
        at = writeHeader(target, at, UNCHANGED);
      } else {
        at = writeHeader(target, at, length) + length;
      }
      if (at - targetOffset >= pageBytes) {
        return OVERFLOW;
      }
    }
    return at - targetOffset;
  }

  private static int writeHeader(byte[] target, int at, int value) {
    target[at] = (byte) value;
    target[at + 1] = (byte) (value >>> Byte.SIZE);
    return at + HEADER_BYTES;
  }

  @Override
  public int decode(byte[] source, int sourceOffset, int length, byte[] page, int pageOffset) {
    int at = sourceOffset;
    int end = sourceOffset + length;
    for (int i = 0; i < pageBytes; i += Page.BYTES) {
      if (end - at < HEADER_BYTES) {
        return -1 - (at - sourceOffset);
      }
      int header = (source[at] & 0xff) | (source[at + 1] & 0xff) << Byte.SIZE;
      int bytes = header == WHOLE ? Page.BYTES : header;
      if ((header != WHOLE && header > block.maxBytes()) || bytes > end - at - HEADER_BYTES) {
        return -1 - (at - sourceOffset);
      }
      at += HEADER_BYTES;
      if (header == WHOLE) {
        System.arraycopy(source, at, page, pageOffset + i, Page.BYTES);
      } else if (header != UNCHANGED) {
        int result = block.decode(source, at, bytes, page, pageOffset + i);
        if (result < 0) {
          return result - (at - sourceOffset);
        }
      }
      at += bytes;
    }
    return at == end ? length : -1 - (at - sourceOffset);
  }
}
