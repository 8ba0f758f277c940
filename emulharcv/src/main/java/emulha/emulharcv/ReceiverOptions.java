package emulha.emulharcv;

import emulha.emulharcv.stores.StoreLocation;
import emulha.runs.Environment;
import emulha.wire.Security;
import emulha.wire.Spun;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a receiver works.
 *
 * @param listen where it listens; port 0 picks a free one
 * @param once whether it ends after one session, instead of waiting for the next
 * @param maxRamBytes largest RAM of all VMs of a session together, with what the method keeps at
 *     the receiver outside the heap; a sender that asks for more is refused
 * @param waiting how it waits for a sender
 * @param imageOut file for the image when the sender is lost, with {@code .0}, {@code .1}, …
 *     appended if there are several VMs; null to write none
 * @param security how senders are known; not {@link Security#NONE} where other machines can connect
 * @param store where checkpoints are kept
 * @param trust what else a sender may have this machine do
 */
public record ReceiverOptions(
    InetSocketAddress listen,
    boolean once,
    long maxRamBytes,
    Waiting waiting,
    @Nullable Path imageOut,
    Security security,
    StoreLocation store,
    Trust trust) {
  /**
   * How it waits for a sender.
   *
   * @param timeout longest silence of a sender
   * @param spinNs for how long a connection is watched before the thread that receives blocks, in
   *     nanoseconds, up to {@link Spun#MOST_NS}; 0 to block at once. Above 0 no CPU time of the
   *     receiver is reported
   */
  public record Waiting(Duration timeout, long spinNs) {
    public Waiting {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("timeout must be positive, got " + timeout);
      }
      Spun.checkedNs(spinNs);
    }
  }

  /**
   * What a sender may have this machine do.
   *
   * @param nativeCodecs whether it may name a library of this machine, which is then run
   * @param tables servers that it may name for a shared table, as {@link
   *     emulha.codecs.SharedChunks#server} gives them; no other is connected to
   * @param idle longest time in which nothing but heartbeats comes of it while it has the session
   */
  public record Trust(boolean nativeCodecs, List<URI> tables, Duration idle) {
    /** No library, no table, and {@link #DEFAULT_IDLE}. */
    public static final Trust LEAST = new Trust(false, List.of(), DEFAULT_IDLE);

    public Trust {
      tables = List.copyOf(tables);
      if (idle.isNegative() || idle.isZero()) {
        throw new IllegalArgumentException("idle time must be positive, got " + idle);
      }
    }
  }

  /** Idle time when none is given. */
  public static final Duration DEFAULT_IDLE = Duration.ofMinutes(10);

  /** Timeout when none is given. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  public ReceiverOptions {
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

  /** Half of this machine's memory. */
  public static long defaultMaxRamBytes() {
    return Environment.physicalMemoryBytes() / 2;
  }
}
