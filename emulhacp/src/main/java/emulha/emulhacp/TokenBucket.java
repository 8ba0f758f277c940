package emulha.emulhacp;

/**
 * When bytes leave an interface of a given bandwidth. Tokens for bytes on the wire come at the
 * bandwidth, and at most {@code burstBytes} are kept while nothing is sent. Bytes leave when there
 * is a token for each. Computed, not slept: by when the bucket would be full again (virtual
 * scheduling, ITU-T I.371), so that waking late loses no bandwidth. Thread-safe.
 */
final class TokenBucket {
  /** Bytes of TCP payload in a full Ethernet frame of 1500 bytes, with TCP timestamps. */
  static final int FULL_FRAME_PAYLOAD_BYTES = 1448;

  /**
   * What an Ethernet carries besides: preamble 8, header 14, IPv4 20, TCP 32, checksum 4, gap 12.
   */
  static final int FRAME_OVERHEAD_BYTES = 90;

  private static final double NS_PER_S = 1e9;

  private final double nsPerByte;
  private final double burstNs;
  private double fullAt = Double.NEGATIVE_INFINITY;

  /**
   * @param bitsPerSecond above 0
   * @param burstBytes 0 or more
   */
  TokenBucket(long bitsPerSecond, int burstBytes) {
    nsPerByte = Byte.SIZE * NS_PER_S / bitsPerSecond;
    burstNs = burstBytes * nsPerByte;
  }

  /**
   * Takes the tokens for a stretch of payload.
   *
   * @param now when it may leave at the earliest, in nanoseconds
   * @return when the last byte of it leaves
   */
  synchronized long departure(long now, int payloadBytes) {
    long frames = Math.ceilDiv(payloadBytes, FULL_FRAME_PAYLOAD_BYTES);
    double needNs = (payloadBytes + frames * FRAME_OVERHEAD_BYTES) * nsPerByte;
    fullAt = Math.max(fullAt, (double) now) + needNs;
    return Math.max(now, (long) Math.ceil(fullAt - burstNs));
  }
}
