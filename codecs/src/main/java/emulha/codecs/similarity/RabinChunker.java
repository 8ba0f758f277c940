package emulha.codecs.similarity;

/**
 * Chunks whose boundaries the content decides: after each byte where the fingerprint (Rabin, 1981)
 * of the last 48 bytes has one of certain values, as in LBFS (Muthitacharoen and others, 2001,
 * §3.1). Equal content is then found at any offset, not at multiples of a chunk only. Hou §4.2
 * tried such fingerprints and found them much slower than fixed chunks.
 *
 * <p>A chunk has a quarter to four times the average, and ends with its page: the checkpoint's
 * pages are unrelated neighbours, whose order differs from checkpoint to checkpoint, and a page
 * must be restorable from chunks of its own. So the last chunk of a page may be shorter than a
 * quarter, and chunks are on average somewhat shorter than {@code average}. Runs of one byte have
 * no boundary: they are cut at the largest length.
 *
 * <p>The fingerprint is that of the bytes as a polynomial over GF(2), most significant bit first,
 * modulo an irreducible polynomial of degree 53. Only bytes of the chunk itself are in the window,
 * since the window is shorter than the shortest chunk. Stateless.
 */
final class RabinChunker implements Chunker {
  /** Bytes in the window. */
  static final int WINDOW = 48;

  /** The irreducible polynomial that restic's documentation gives as an example. */
  static final long POLYNOMIAL = 0x3da3358b4dc173L;

  static final int DEGREE = 53;

  /** A boundary is where the low 16 bits of the fingerprint are in the upper end of their range. */
  static final int VALUES = 1 << 16;

  private static final int TOP = DEGREE - Byte.SIZE;

  /** What the eight bits above the degree amount to, and themselves, so that XOR removes them. */
  private static final long[] REDUCTION = new long[256];

  /** What a byte amounts to that leaves the window. */
  private static final long[] LEAVING = new long[256];

  static {
    for (int b = 0; b < 256; b++) {
      REDUCTION[b] = (long) b << DEGREE | remainder((long) b << DEGREE);
    }
    for (int b = 0; b < 256; b++) {
      long fingerprint = b;
      for (int i = 1; i < WINDOW; i++) {
        fingerprint = append(fingerprint, 0);
      }
      LEAVING[b] = fingerprint;
    }
  }

  private final int shortest;
  private final int longest;
  private final int firstBoundary;
  private final int pageBytes;

  /**
   * @param average length of a chunk in random content, if no page ended: 256 to 4096
   */
  RabinChunker(int average, int pageBytes) {
    this.pageBytes = pageBytes;
    shortest = average / 4;
    longest = 4 * average;
    firstBoundary = VALUES - VALUES / (average - shortest);
  }

  private static long remainder(long polynomial) {
    long rest = polynomial;
    for (int bit = Long.SIZE - 1; bit >= DEGREE; bit--) {
      if ((rest >>> bit & 1) != 0) {
        rest ^= POLYNOMIAL << (bit - DEGREE);
      }
    }
    return rest;
  }

  private static long append(long fingerprint, int next) {
    return (fingerprint << Byte.SIZE | next) ^ REDUCTION[(int) (fingerprint >>> TOP)];
  }

  @Override
  public int maxChunks() {
    return pageBytes / shortest;
  }

  @Override
  public int divide(byte[] page, int offset, int[] ends) {
    int count = 0;
    int end = 0;
    while (end < pageBytes) {
      end = nextEnd(page, offset, end);
      ends[count++] = end;
    }
    return count;
  }

  private int nextEnd(byte[] page, int offset, int start) {
    int last = Math.min(start + longest, pageBytes);
    if (last - start <= shortest) {
      return last;
    }
    int at = offset + start + shortest;
    long fingerprint = 0;
    for (int i = at - WINDOW; i < at; i++) {
      fingerprint = append(fingerprint, page[i] & 0xff);
    }
    int limit = offset + last;
    while (at < limit && ((int) fingerprint & (VALUES - 1)) < firstBoundary) {
      fingerprint = append(fingerprint ^ LEAVING[page[at - WINDOW] & 0xff], page[at] & 0xff);
      at++;
    }
    return at - offset;
  }
}
