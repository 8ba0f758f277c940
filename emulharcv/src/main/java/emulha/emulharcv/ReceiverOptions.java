package emulha.emulharcv;

import emulha.replication.Environment;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a receiver works.
 *
 * @param listen where it listens; port 0 picks a free one
 * @param once whether it ends after one session, instead of waiting for the next
 * @param maxRamBytes largest RAM of all VMs of a session together; a sender that asks for more is
 *     refused
 * @param timeout longest silence of a sender
 * @param imageOut file for the image when the sender is lost, with {@code .0}, {@code .1}, …
 *     appended if there are several VMs; null to write none
 */
public record ReceiverOptions(
    InetSocketAddress listen,
    boolean once,
    long maxRamBytes,
    Duration timeout,
    @Nullable Path imageOut) {
  /** Timeout when none is given. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** Checks the invariants. */
  public ReceiverOptions {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, got " + timeout);
    }
    if (maxRamBytes <= 0) {
      throw new IllegalArgumentException("RAM limit must be positive, got " + maxRamBytes);
    }
  }

  /** A receiver that writes no image. */
  public ReceiverOptions(
      InetSocketAddress listen, boolean once, long maxRamBytes, Duration timeout) {
    this(listen, once, maxRamBytes, timeout, null);
  }

  /** Half of this machine's memory. */
  public static long defaultMaxRamBytes() {
    return Environment.physicalMemoryBytes() / 2;
  }
}
