package emulha.emulhacp;

import emulha.runs.Link;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Carries a sender's bytes as a link of a given bandwidth and latency would. What is written waits
 * in a buffer as large as a socket's, until the link's turn; then a thread writes it to the
 * connection beneath. A buffer that is full makes the writer wait, as a socket does, and bytes stay
 * in it for the round trip, as TCP keeps them until they are acknowledged.
 *
 * <p>No measurement at the sender can tell on which way a delay lies, so the delay of both ways is
 * put on the way there. Bandwidth limits that way only: what a receiver says of a checkpoint is
 * some hundred bytes.
 */
final class ImitatedLink implements ByteChannel {
  /** Ten full Ethernet frames: the pieces in which bytes are carried. */
  static final int PIECE_BYTES = 10 * TokenBucket.FULL_FRAME_PAYLOAD_BYTES;

  /** As large as Linux, unless told otherwise, lets the buffer of a socket grow. */
  static final int BUFFER_BYTES = 4 << 20;

  /** Linux wakes who waits for room when a third of the buffer is free (sk_stream_is_writeable). */
  private static final int WAKING_BYTES = BUFFER_BYTES / 3;

  /** What passes in this time wakes, too: of a slow link a third takes longer than the timeout. */
  private static final int WAKING_S = 1;

  /** An interface sends frame by frame. */
  private static final int BURST_BYTES =
      TokenBucket.FULL_FRAME_PAYLOAD_BYTES + TokenBucket.FRAME_OVERHEAD_BYTES;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final ByteChannel beneath;
  private final @Nullable TokenBucket bucket;
  private final long roundTripNs;

  /** Bytes in the buffer at which the writer is woken. */
  private final int wakingAt;

  private final Clock clock;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition written = lock.newCondition();
  private final Condition carried = lock.newCondition();

  // Guarded by the lock.
  private boolean lifted;
  private final Deque<Piece> pieces = new ArrayDeque<>();
  private int buffered;
  private boolean closing;
  private @Nullable IOException failure;

  /** Bytes on their way. */
  private record Piece(ByteBuffer bytes, long dueAt) {}

  ImitatedLink(ByteChannel beneath, Link link, Clock clock) {
    this(beneath, link, bucket(link), clock);
  }

  /**
   * @param bucket of the link's bandwidth, which connections may share
   */
  ImitatedLink(ByteChannel beneath, Link link, @Nullable TokenBucket bucket, Clock clock) {
    this.beneath = beneath;
    this.clock = clock;
    this.bucket = bucket;
    Long latencyNs = link.latencyNs();
    roundTripNs = latencyNs == null ? 0 : 2 * latencyNs;
    Long bandwidth = link.bitsPerSecond();
    long passing = bandwidth == null ? WAKING_BYTES : bandwidth / Byte.SIZE * WAKING_S;
    wakingAt = BUFFER_BYTES - (int) Math.min(WAKING_BYTES, passing);
    thread = Thread.ofPlatform().daemon().name("link").start(this::carry);
  }

  /** Tokens for a link's bandwidth; null if it is not limited. */
  static @Nullable TokenBucket bucket(Link link) {
    Long bandwidth = link.bitsPerSecond();
    return bandwidth == null ? null : new TokenBucket(bandwidth, BURST_BYTES);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int total = source.remaining();
    if (passesBy()) {
      while (source.hasRemaining()) {
        beneath.write(source);
      }
    } else {
      put(source);
    }
    return total;
  }

  /** Whether bytes go past the link; then all that went over it has arrived. */
  private boolean passesBy() throws IOException {
    lock.lock();
    try {
      while (lifted && buffered > 0) {
        requireWell();
        carried.await();
      }
      requireWell();
      return lifted;
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while sending");
  }

  private void put(ByteBuffer source) throws IOException {
    lock.lock();
    try {
      while (source.hasRemaining()) {
        requireWell();
        int room = BUFFER_BYTES - buffered;
        if (room == 0) {
          carried.await();
          continue;
        }
        int n = Math.min(Math.min(source.remaining(), PIECE_BYTES), room);
        ByteBuffer bytes = ByteBuffer.allocate(n);
        bytes.put(source.slice(source.position(), n)).flip();
        source.position(source.position() + n);
        long now = clock.now();
        long left = bucket == null ? now : bucket.departure(now, n);
        pieces.add(new Piece(bytes, left + roundTripNs));
        buffered += n;
        written.signal();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  /** Has what is written from now on go past the link, or over it again. */
  void lift(boolean lifted) {
    lock.lock();
    try {
      this.lifted = lifted;
    } finally {
      lock.unlock();
    }
  }

  private void requireWell() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (closing) {
      throw new ClosedChannelException();
    }
  }

  private void carry() {
    try {
      for (Piece piece = next(); piece != null; piece = next()) {
        clock.sleepUntil(piece.dueAt);
        int n = piece.bytes.remaining();
        while (piece.bytes.hasRemaining()) {
          beneath.write(piece.bytes);
        }
        carried(n);
      }
    } catch (IOException e) {
      fail(e);
    } catch (InterruptedException e) {
      fail(new InterruptedIOException("interrupted while carrying"));
    }
  }

  private @Nullable Piece next() throws InterruptedException {
    lock.lock();
    try {
      while (pieces.isEmpty() && !closing) {
        written.await();
      }
      return pieces.poll();
    } finally {
      lock.unlock();
    }
  }

  private void carried(int bytes) {
    lock.lock();
    try {
      buffered -= bytes;
      if (buffered <= (lifted ? 0 : wakingAt)) {
        carried.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void fail(IOException e) {
    lock.lock();
    try {
      failure = e;
      carried.signal();
    } finally {
      lock.unlock();
    }
  }

  /** CPU time of the thread that writes to the connection, which else the sender's would spend. */
  long cpuNs() {
    return Math.max(0, THREADS.getThreadCpuTime(thread.threadId()));
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return beneath.read(target);
  }

  @Override
  public boolean isOpen() {
    return beneath.isOpen();
  }

  /** Lets what is on its way arrive, and closes the connection beneath. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closing = true;
      written.signal();
      carried.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    beneath.close();
  }
}
