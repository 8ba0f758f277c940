package emulha.emulharcv;

import emulha.wire.Bits256;
import emulha.wire.Connection;
import emulha.wire.Message;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The connections of a session but the first: who has its ticket may join, each place once. The
 * thread that took a connection waits here until the session has ended. Thread-safe.
 */
final class FurtherConnections {
  private final Bits256 ticket = Bits256.random();

  /** By number; the first, on which the session began, has come. */
  private final List<CompletableFuture<Connection>> all;

  private final Set<Integer> taken = ConcurrentHashMap.newKeySet();
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * @param first on which the session began
   * @param count all together
   */
  FurtherConnections(Connection first, int count) {
    all = Stream.generate(CompletableFuture<Connection>::new).limit(count).toList();
    all.getFirst().complete(first);
  }

  /** What the session's sender is told, and nobody else. */
  Bits256 ticket() {
    return ticket;
  }

  /** Takes a place for a connection, if there is one for it. */
  boolean admits(Message.Join join) {
    return ended.getCount() > 0
        && ticket.equals(join.ticket())
        && join.number() >= 1
        && join.number() < all.size()
        && taken.add(join.number());
  }

  /** Gives a connection to the session, and waits until that has ended. */
  void join(int number, Connection connection) throws IOException {
    all.get(number).complete(connection);
    try {
      ended.await();
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
  List<Connection> await(Duration time) throws IOException {
    try {
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
          .get(time.toNanos(), TimeUnit.NANOSECONDS);
      return all.stream().map(CompletableFuture::join).toList();
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException(
          "%d of the session's %d connections came in %d ms"
              .formatted(
                  all.stream().filter(CompletableFuture::isDone).count(),
                  all.size(),
                  time.toMillis()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while further connections are awaited");
    }
  }

  /** The session has ended: its connections are their threads' again. */
  void end() {
    ended.countDown();
  }
}
