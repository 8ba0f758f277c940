package emulha.wire;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which a read or a write has been waiting for longer than a time allowed,
 * so that a silent peer, or one that does not read, cannot hold a thread for ever.
 */
final class Watchdog implements AutoCloseable {
  private final Duration timeout;
  private final long shortestNs;
  private final Closeable target;
  private final String peer;
  final Operation reading;
  final Operation writing;
  final Operation closing;
  final Operation progressing;
  private final Thread thread;

  /** What the peer must do in a time of its own. */
  private volatile @Nullable Operation awaited;

  /** Which time ran out. */
  private volatile @Nullable Operation expired;

  private volatile boolean closed;

  /**
   * @param timeout longest wait for anything
   * @param idle longest wait for something else than heartbeats
   */
  Watchdog(Closeable target, String peer, Duration timeout, Duration idle) {
    this.target = target;
    this.peer = peer;
    this.timeout = timeout;
    shortestNs = Math.min(timeout.toNanos(), idle.toNanos());
    reading = new Operation("silent", timeout);
    writing = new Operation("not reading", timeout);
    closing = new Operation("not reading", timeout);
    progressing = new Operation("sending nothing but heartbeats", idle);
    this.thread = Thread.ofPlatform().daemon().name("watchdog " + peer).start(this::watch);
  }

  /** From now on the peer has so much time, or the timeout if that is less, to do something. */
  void await(String fault, Duration time) {
    var operation = new Operation(fault, time.compareTo(timeout) < 0 ? time : timeout);
    operation.begin();
    awaited = operation;
  }

  /** What the peer had to do is done. */
  void awaited() {
    awaited = null;
  }

  private void watch() {
    while (!closed) {
      LockSupport.parkNanos(Math.max(1_000_000, shortestNs / 16));
      try {
        look();
      } catch (OutOfMemoryError e) {
        // Others will give memory back: who waits must not wait for ever.
      }
    }
  }

  private void look() {
    long now = System.nanoTime();
    Operation special = awaited;
    for (Operation operation :
        special == null
            ? List.of(reading, writing, closing, progressing)
            : List.of(reading, writing, closing, progressing, special)) {
      if (!closed && operation.active && now - operation.startedAt > operation.limitNs) {
        expired = operation;
        close();
        try {
          target.close();
        } catch (IOException e) {
          // The operation fails either way.
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  /** What a thread is doing on the connection. Used by one thread at a time. */
  final class Operation {
    private final String fault;
    private final long limitNs;
    private volatile long startedAt;
    private volatile boolean active;

    private Operation(String fault, Duration limit) {
      this.fault = fault;
      this.limitNs = limit.toNanos();
    }

    /** The time allowed starts to run. */
    void begin() {
      startedAt = System.nanoTime();
      active = true;
    }

    void end() {
      active = false;
    }

    /** The exception to throw for one that the operation gave: says so if time had run out. */
    ConnectionLostException explain(IOException e) {
      Operation late = expired;
      return new ConnectionLostException(
          late != null
              ? "peer %s is %s for more than %d ms"
                  .formatted(peer, late.fault, late.limitNs / 1_000_000)
              : e instanceof SSLException
                  ? "no TLS with %s: %s; do both ends use TLS, and know each other's certificates?"
                      .formatted(peer, e.getMessage())
                  : "connection to %s is lost: %s".formatted(peer, e.getMessage()),
          e);
    }
  }
}
