package emulha.emulharcv;

import emulha.replication.Environment;
import emulha.replication.Security;
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
 * @param security how senders are known; not {@link Security#NONE} where other machines can connect
 * @param store where checkpoints are kept
 * @param nativeCodecs whether a sender may name a library of this machine, which is then run
 */
public record ReceiverOptions(
    InetSocketAddress listen,
    boolean once,
    long maxRamBytes,
    Duration timeout,
    @Nullable Path imageOut,
    Security security,
    StoreLocation store,
    boolean nativeCodecs) {
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
    if (security == Security.NONE
        && !listen.isUnresolved()
        && !listen.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "other machines can connect to %s: give --token-file FILE (a secret that the sender shares)"
                  .formatted(listen.getHostString())
              + " or --tls DIRECTORY (certificates; emulha keys makes both), or listen on 127.0.0.1");
    }
  }

  /** A receiver that keeps checkpoints in RAM and writes no image, for senders on this machine. */
  public ReceiverOptions(
      InetSocketAddress listen, boolean once, long maxRamBytes, Duration timeout) {
    this(listen, once, maxRamBytes, timeout, null, Security.NONE, new StoreLocation.Ram(), false);
  }

  /** A receiver that runs no library that a sender names. */
  public ReceiverOptions(
      InetSocketAddress listen,
      boolean once,
      long maxRamBytes,
      Duration timeout,
      @Nullable Path imageOut,
      Security security,
      StoreLocation store) {
    this(listen, once, maxRamBytes, timeout, imageOut, security, store, false);
  }

  /** Half of this machine's memory. */
  public static long defaultMaxRamBytes() {
    return Environment.physicalMemoryBytes() / 2;
  }
}
