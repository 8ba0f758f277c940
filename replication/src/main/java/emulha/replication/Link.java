package emulha.replication;

import org.jspecify.annotations.Nullable;

/**
 * The network between the ends, as far as the sender imitates it.
 *
 * @param bitsPerSecond bandwidth, at least 1000; null for that of the network itself
 * @param latencyNs delay added on each way; null for none
 */
public record Link(@Nullable Long bitsPerSecond, @Nullable Long latencyNs) {
  /** The network as it is. */
  public static final Link AS_IT_IS = new Link(null, null);

  /** Checks the invariants. */
  public Link {
    if (bitsPerSecond != null && (bitsPerSecond < 1_000 || bitsPerSecond > 1_000_000_000_000L)) {
      throw new IllegalArgumentException(
          "a link carries 1 Kbit to 1000 Gbit a second, got %d bits".formatted(bitsPerSecond));
    }
    if (latencyNs != null && (latencyNs <= 0 || latencyNs > 10_000_000_000L)) {
      throw new IllegalArgumentException(
          "a latency is above 0 and at most 10 s, got %d ns".formatted(latencyNs));
    }
  }
}
