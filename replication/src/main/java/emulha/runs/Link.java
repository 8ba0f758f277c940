package emulha.runs;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The network between the ends, as far as it is not left as it is.
 *
 * @param bitsPerSecond bandwidth, at least 1000; null for that of the network itself
 * @param latencyNs delay added on each way; null for none
 * @param how who holds the connection to that
 */
public record Link(@Nullable Long bitsPerSecond, @Nullable Long latencyNs, How how) {
  /** The network as it is. */
  public static final Link AS_IT_IS = new Link(null, null, How.IMITATED);

  /** Who holds a connection to a link's bandwidth and latency. */
  public enum How {
    /** The sender, with a token bucket and a delay of its own. */
    IMITATED,
    /** The network between, which somebody shaped; the sender only writes it into its rows. */
    SHAPED
  }

  public Link {
    if (bitsPerSecond != null && (bitsPerSecond < 1_000 || bitsPerSecond > 1_000_000_000_000L)) {
      throw new IllegalArgumentException(
          "a link carries 1 Kbit to 1000 Gbit a second, got %d bits".formatted(bitsPerSecond));
    }
    if (how == How.SHAPED && bitsPerSecond == null && latencyNs == null) {
      throw new IllegalArgumentException("a shaped link has a bandwidth or a latency");
    }
    if (latencyNs != null && (latencyNs <= 0 || latencyNs > 10_000_000_000L)) {
      throw new IllegalArgumentException(
          "a latency is above 0 and at most 10 s, got %d ns".formatted(latencyNs));
    }
  }

  /** A link that the sender imitates. */
  public Link(@Nullable Long bitsPerSecond, @Nullable Long latencyNs) {
    this(bitsPerSecond, latencyNs, How.IMITATED);
  }

  /** Whether the sender has anything to imitate. */
  public boolean imitated() {
    return how == How.IMITATED && !equals(AS_IT_IS);
  }

  /** What results call it: {@code as-is}, {@code imitated} or {@code shaped}. */
  public String kind() {
    return equals(AS_IT_IS) ? "as-is" : how.name().toLowerCase(Locale.ROOT);
  }
}
