package emulha.memory;

/**
 * How large a VM's pages are: the unit in which its writes were tracked, its page frames are
 * numbered and its checkpoints are made.
 *
 * @param bytes size of a page, a power of two from {@link #MIN_BYTES} to {@link #MAX_BYTES}
 */
public record PageSize(int bytes) {
  /** The smallest: 4 KiB. */
  public static final int MIN_BYTES = 4096;

  /** The largest: 2 MiB, the huge page of x86-64 and of AArch64 with 4 KiB granules. */
  public static final int MAX_BYTES = 2 << 20;

  /** 4096 bytes: what is meant where nobody says. */
  public static final PageSize SMALL = new PageSize(MIN_BYTES);

  /** What sizes there are, for messages. */
  public static final String VALID = "a power of two from 4096 (4KiB) to 2097152 (2MiB)";

  public PageSize {
    if (!isValid(bytes)) {
      throw new IllegalArgumentException("page size must be " + VALID + ", got " + bytes);
    }
  }

  /** Whether pages can have this size. */
  public static boolean isValid(long bytes) {
    return bytes >= MIN_BYTES && bytes <= MAX_BYTES && Long.bitCount(bytes) == 1;
  }

  /**
   * The size of so many bytes.
   *
   * @throws IllegalArgumentException if pages cannot have it
   */
  public static PageSize of(long bytes) {
    if (!isValid(bytes)) {
      throw new IllegalArgumentException("page size must be " + VALID + ", got " + bytes);
    }
    return bytes == MIN_BYTES ? SMALL : new PageSize((int) bytes);
  }

  /** log2 of {@link #bytes}. */
  public int shift() {
    return Integer.numberOfTrailingZeros(bytes);
  }

  public long bytesOf(long pages) {
    return pages << shift();
  }

  /** Whole pages in so many bytes. */
  public long pagesIn(long size) {
    return size >>> shift();
  }

  /** Pages to take at once so that they have at most so many bytes: at least one. */
  public int stretch(int size) {
    return Math.max(1, size >>> shift());
  }

  /** Whether so many bytes are a positive number of whole pages. */
  public boolean divides(long size) {
    return size > 0 && (size & (bytes - 1)) == 0;
  }

  /**
   * Refuses pages of another size.
   *
   * @throws IllegalArgumentException if {@code other} is not this size
   */
  public void require(PageSize other) {
    if (other.bytes != bytes) {
      throw new IllegalArgumentException(
          "pages of " + other.bytes + " bytes where they have " + bytes);
    }
  }

  @Override
  public String toString() {
    return bytes < 1 << 20 ? (bytes >>> 10) + "KiB" : (bytes >>> 20) + "MiB";
  }
}
