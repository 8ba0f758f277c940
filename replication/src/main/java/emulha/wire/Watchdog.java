package emulha.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which something has been waiting for longer than a time allowed, so that a
 * silent peer, or one that does not read, cannot hold a thread for ever.
 */
final class Watchdog implements AutoCloseable {
  /** Longest time from connecting until a sender's hello is accepted. */
  private static final Duration GREETING = Duration.ofSeconds(30);

  private final long shortestNs;
  private final Closeable target;
  private final String peer;
  private final Operation reading;
  private final Operation writing;

  /** Sending what is still on its way, before the end. */
  final Operation closing;

  /** Waiting for a frame that is no heartbeat. */
  final Operation progressing;

  /** Waiting for the body of one whose header has come. */
  final Operation finishing;

  /** Waiting for the peer to be one to work with. */
  final Operation greeting;

  private final List<Operation> all;
  private final Thread thread;

  /** Which time ran out. */
  private volatile @Nullable Operation expired;

  private volatile boolean closed;

  /**
   * @param timeout longest wait for anything
   * @param idle longest wait for something else than heartbeats, and for the rest of a frame
   */
  Watchdog(Closeable target, String peer, Duration timeout, Duration idle) {
    this.target = target;
    this.peer = peer;
    shortestNs = Math.min(timeout.toNanos(), idle.toNanos());
    reading = new Operation("silent", timeout);
    writing = new Operation("not reading", timeout);
    closing = new Operation("not reading", timeout);
    progressing = new Operation("sending nothing but heartbeats", idle);
    finishing = new Operation("sending one frame", idle);
    greeting =
        new Operation("not introduced", timeout.compareTo(GREETING) < 0 ? timeout : GREETING);
    all = List.of(reading, writing, closing, progressing, finishing, greeting);
    thread = Thread.ofPlatform().daemon().name("watchdog " + peer).unstarted(this::watch);
  }

  void start() {
    thread.start();
  }

  /** The peer's socket, on which no read or write waits for longer than the timeout. */
  ByteChannel over(ByteChannel socket) {
    return new FilterChannel(socket) {
      @Override
      public int read(ByteBuffer bytes) throws IOException {
        reading.begin();
        try {
          return super.read(bytes);
        } finally {
          reading.end();
        }
      }

      @Override
      public int write(ByteBuffer bytes) throws IOException {
        writing.begin();
        try {
          return super.write(bytes);
        } finally {
          writing.end();
        }
      }
    };
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
    for (Operation operation : all) {
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

  /** The exception to throw for one that reading or writing gave: says so if time had run out. */
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

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  /** What is waited for. Used by one thread at a time. */
  static final class Operation {
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
  }
}
