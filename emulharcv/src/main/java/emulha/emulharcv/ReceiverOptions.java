package emulha.emulharcv;

import emulha.replication.Environment;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * How a receiver works.
 *
 * @param listen where it listens; port 0 picks a free one
 * @param once whether it ends after one session, instead of waiting for the next
 * @param maxRamBytes largest RAM of all VMs of a session together; a sender that asks for more is
 *     refused
 * @param timeout longest silence of a sender
 */
public record ReceiverOptions(
    InetSocketAddress listen, boolean once, long maxRamBytes, Duration timeout) {
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

  /** Half of this machine's memory. */
  public static long defaultMaxRamBytes() {
    return Environment.physicalMemoryBytes() / 2;
  }
}
