package emulha.replication;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes a connection on which a read or a write has been waiting for longer than a time allowed,
 * so that a silent peer, or one that does not read, cannot hold a thread for ever.
 */
final class Watchdog implements AutoCloseable {
  private final long timeoutNs;
  private final Closeable target;
  private final String peer;
  private final Operation reading = new Operation("silent");
  private final Operation writing = new Operation("not reading");
  private final Thread thread;
  private volatile boolean closed;

  Watchdog(Closeable target, String peer, Duration timeout) {
    this.target = target;
    this.peer = peer;
    this.timeoutNs = timeout.toNanos();
    this.thread = Thread.ofPlatform().daemon().name("watchdog " + peer).start(this::watch);
  }

  Operation reading() {
    return reading;
  }

  Operation writing() {
    return writing;
  }

  private void watch() {
    while (!closed) {
      LockSupport.parkNanos(Math.max(1_000_000, timeoutNs / 16));
      long now = System.nanoTime();
      for (Operation operation : List.of(reading, writing)) {
        if (operation.active && now - operation.startedAt > timeoutNs) {
          operation.expired = true;
          close();
          try {
            target.close();
          } catch (IOException e) {
            // The operation fails either way.
          }
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
    private volatile long startedAt;
    private volatile boolean active;
    private volatile boolean expired;

    private Operation(String fault) {
      this.fault = fault;
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
      return new ConnectionLostException(
          expired
              ? "peer %s is %s for more than %d ms".formatted(peer, fault, timeoutNs / 1_000_000)
              : "connection to %s is lost: %s".formatted(peer, e.getMessage()),
          e);
    }
  }
}
