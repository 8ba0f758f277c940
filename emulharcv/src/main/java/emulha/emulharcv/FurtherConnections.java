package emulha.emulharcv;

import emulha.wire.Bits256;
import emulha.wire.Connection;
import emulha.wire.Message;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a session but the first: who has its ticket may join, each place once. The
 * thread that took a connection waits here until the session has ended. Thread-safe.
 */
final class FurtherConnections {
  private final Bits256 ticket = Bits256.random();

  // Guarded by this.
  private final @Nullable Connection[] all;
  private final BitSet taken = new BitSet();
  private boolean ended;

  /**
   * @param first on which the session began
   * @param count all together
   */
  FurtherConnections(Connection first, int count) {
    all = new @Nullable Connection[count];
    all[0] = first;
    taken.set(0);
  }

  /** What the session's sender is told, and nobody else. */
  Bits256 ticket() {
    return ticket;
  }

  /** Takes a place for a connection, if there is one for it. */
  synchronized boolean admits(Message.Join join) {
    if (ended
        || !ticket.equals(join.ticket())
        || join.number() < 1
        || join.number() >= all.length
        || taken.get(join.number())) {
      return false;
    }
    taken.set(join.number());
    return true;
  }

  /** Gives a connection to the session, and waits until that has ended. */
  synchronized void join(int number, Connection connection) throws IOException {
    all[number] = connection;
    notifyAll();
    try {
      while (!ended) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a session has the connection");
    }
  }

  /**
   * Waits until all have joined; all connections, by number.
   *
   * @throws IOException if one does not in the time
   */
  synchronized List<Connection> await(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    try {
      while (true) {
        List<Connection> joined = new ArrayList<>();
        for (Connection one : all) {
          if (one != null) {
            joined.add(one);
          }
        }
        if (joined.size() == all.length) {
          return joined;
        }
        long leftMs = (end - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0) {
          throw new IOException(
              "%d of the session's %d connections came in %d ms"
                  .formatted(joined.size(), all.length, time.toMillis()));
        }
        wait(leftMs);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while further connections are awaited");
    }
  }

  /** The session has ended: its connections are their threads' again. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }
}
