package emulha.wire;

/**
 * What TLS did at the sender, in a time.
 *
 * @param bytes bytes of TLS records written
 * @param elapsedNs nanoseconds it took to make them, without the time the socket took them
 */
public record Encryption(long bytes, long elapsedNs) {
  /** Both together. */
  public Encryption plus(Encryption other) {
    return new Encryption(bytes + other.bytes, elapsedNs + other.elapsedNs);
  }

  /** What was done since {@code earlier}. */
  public Encryption since(Encryption earlier) {
    return new Encryption(bytes - earlier.bytes, elapsedNs - earlier.elapsedNs);
  }
}
