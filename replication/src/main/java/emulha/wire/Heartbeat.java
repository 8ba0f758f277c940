package emulha.wire;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a heartbeat whenever a writer has been idle for a quarter of the timeout, so that a peer
 * takes long work for work and only silence for a loss.
 */
final class Heartbeat implements AutoCloseable {
  private final FrameWriter writer;
  private final long idleNs;
  private final Thread thread;
  private volatile boolean closed;

  Heartbeat(FrameWriter writer, String peer, Duration timeout) {
    this.writer = writer;
    this.idleNs = timeout.toNanos() / 4;
    this.thread = Thread.ofPlatform().daemon().name("heartbeat " + peer).start(this::beat);
  }

  private void beat() {
    try {
      while (!closed) {
        LockSupport.parkNanos(Math.max(1_000_000, idleNs / 2));
        try {
          writer.heartbeat(idleNs);
        } catch (OutOfMemoryError e) {
          // Others will give memory back; the next one goes out.
        }
      }
    } catch (IOException e) {
      // The connection is lost, which its owner notices.
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
