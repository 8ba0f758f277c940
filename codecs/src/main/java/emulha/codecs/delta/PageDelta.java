package emulha.codecs.delta;

/**
 * An encoding of a page as its difference from an earlier content. Has scratch memory, so one
 * instance belongs to one thread.
 */
public abstract sealed class PageDelta
    permits RunLengthDelta, BytewiseDelta, RemusDelta, WordsDelta, BlockwiseDelta {
  /** Result of an encoding that is not to be used because of its size. */
  public static final int OVERFLOW = -1;

  private final int reserveBytes;
  private final int unchangedBytes;
  private final int maxBytes;

  /** What {@link #reserveBytes}, {@link #unchangedBytes} and {@link #maxBytes} give. */
  PageDelta(int reserveBytes, int unchangedBytes, int maxBytes) {
    this.reserveBytes = reserveBytes;
    this.unchangedBytes = unchangedBytes;
    this.maxBytes = maxBytes;
  }

  /** Bytes that {@link #encode} may touch in its target, whatever the result. */
  public final int reserveBytes() {
    return reserveBytes;
  }

  /** What {@link #encode} returns for equal contents, and for them only. */
  public final int unchangedBytes() {
    return unchangedBytes;
  }

  /** Largest result of {@link #encode}. */
  public final int maxBytes() {
    return maxBytes;
  }

  /**
   * Encodes a page: of 4096 bytes, or as many as {@link BlockwiseDelta} was made for.
   *
   * @return number of bytes written, or {@link #OVERFLOW}
   */
  public abstract int encode(
      byte[] old, int oldOffset, byte[] page, int pageOffset, byte[] target, int targetOffset);

  /**
   * Writes the page over its earlier content, the two that were encoded last: as a whole, or only
   * where they differ.
   */
  public void update(byte[] old, int oldOffset, byte[] page, int pageOffset, int pageBytes) {
    System.arraycopy(page, pageOffset, old, oldOffset, pageBytes);
  }

  /**
   * Turns the earlier content into the page's new one, in place. Whatever the bytes, nothing is
   * written outside of the page.
   *
   * @param length number of bytes from {@code sourceOffset} on that encode the page
   * @return {@code length}, or if the bytes are malformed {@code -1 - n} where n is the offset,
   *     from {@code sourceOffset}, of what is wrong
   */
  public abstract int decode(
      byte[] source, int sourceOffset, int length, byte[] page, int pageOffset);
}
