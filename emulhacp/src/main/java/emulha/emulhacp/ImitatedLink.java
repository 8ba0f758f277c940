package emulha.emulhacp;

import emulha.runs.Link;
import emulha.wire.FilterChannel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
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
final class ImitatedLink extends FilterChannel {
  /** Most full Ethernet frames that are carried at once. */
  private static final int PIECE_FRAMES = 10;

  static final int PIECE_BYTES = PIECE_FRAMES * TokenBucket.FULL_FRAME_PAYLOAD_BYTES;

  /** As large as Linux, unless told otherwise, lets the buffer of a socket grow. */
  static final int BUFFER_BYTES = 4 << 20;

  /** Linux wakes who waits for room when a third of the buffer is free (sk_stream_is_writeable). */
  private static final int WAKING_BYTES = BUFFER_BYTES / 3;

  /**
   * What passes in this time wakes, too, and is not carried at once: on a slow link a third of the
   * buffer, or ten frames, takes longer than a receiver waits.
   */
  private static final int SLOW_S = 1;

  /** An interface sends frame by frame. */
  static final int BURST_BYTES =
      TokenBucket.FULL_FRAME_PAYLOAD_BYTES + TokenBucket.FRAME_OVERHEAD_BYTES;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final @Nullable TokenBucket bucket;
  private final long roundTripNs;

  /** Bytes in the buffer at which the writer is woken. */
  private final int wakingAt;

  private final int pieceBytes;
  private final Clock clock;
  private final Thread thread;

  // Guarded by this.
  private boolean lifted;
  private final Deque<Piece> pieces = new ArrayDeque<>();
  private int buffered;
  private boolean closing;
  private @Nullable IOException failure;

  /** Bytes on their way. */
  private record Piece(ByteBuffer bytes, long dueAt) {}

  /**
   * @param bucket of the link's bandwidth, which connections may share
   */
  ImitatedLink(ByteChannel beneath, Link link, @Nullable TokenBucket bucket, Clock clock) {
    super(beneath);
    this.clock = clock;
    this.bucket = bucket;
    roundTripNs = roundTripNs(link);
    Long bandwidth = link.bitsPerSecond();
    long passing = bandwidth == null ? BUFFER_BYTES : bandwidth / Byte.SIZE * SLOW_S;
    wakingAt = BUFFER_BYTES - (int) Math.min(WAKING_BYTES, passing);
    pieceBytes =
        TokenBucket.FULL_FRAME_PAYLOAD_BYTES * Math.clamp(passing / BURST_BYTES, 1, PIECE_FRAMES);
    thread = Thread.ofPlatform().daemon().name("link").start(this::carry);
  }

  private static long roundTripNs(Link link) {
    Long latencyNs = link.latencyNs();
    return latencyNs == null ? 0 : 2 * latencyNs;
  }

  /** How long nothing may come over a link though bytes are on their way. */
  static Duration silence(Link link) {
    Long bandwidth = link.bitsPerSecond();
    long frameNs = bandwidth == null ? 0 : BURST_BYTES * Byte.SIZE * 1_000_000_000L / bandwidth;
    return Duration.ofNanos(roundTripNs(link) + frameNs);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int total = source.remaining();
    try {
      if (passesBy()) {
        while (source.hasRemaining()) {
          super.write(source);
        }
      } else {
        put(source);
      }
      return total;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while sending");
    }
  }

  /** Whether bytes go past the link; then all that went over it has arrived. */
  private synchronized boolean passesBy() throws IOException, InterruptedException {
    while (lifted && buffered > 0) {
      requireWell();
      wait();
    }
    requireWell();
    return lifted;
  }

  private synchronized void put(ByteBuffer source) throws IOException, InterruptedException {
    while (source.hasRemaining()) {
      requireWell();
      int room = BUFFER_BYTES - buffered;
      if (room == 0) {
        wait();
        continue;
      }
      int n = Math.min(Math.min(source.remaining(), pieceBytes), room);
      ByteBuffer bytes = ByteBuffer.allocate(n);
      bytes.put(source.slice(source.position(), n)).flip();
      source.position(source.position() + n);
      long now = clock.now();
      long left = bucket == null ? now : bucket.departure(now, n);
      pieces.add(new Piece(bytes, left + roundTripNs));
      buffered += n;
      notifyAll();
    }
  }

  /** Has what is written from now on go past the link, or over it again. */
  synchronized void lift(boolean lifted) {
    this.lifted = lifted;
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
          super.write(piece.bytes);
        }
        carried(n);
      }
    } catch (IOException e) {
      fail(e);
    } catch (InterruptedException e) {
      fail(new InterruptedIOException("interrupted while carrying"));
    }
  }

  private synchronized @Nullable Piece next() throws InterruptedException {
    while (pieces.isEmpty() && !closing) {
      wait();
    }
    return pieces.poll();
  }

  private synchronized void carried(int bytes) {
    buffered -= bytes;
    if (buffered <= (lifted ? 0 : wakingAt)) {
      notifyAll();
    }
  }

  private synchronized void fail(IOException e) {
    failure = e;
    notifyAll();
  }

  /** CPU time of the thread that writes to the connection, which else the sender's would spend. */
  long cpuNs() {
    return Math.max(0, THREADS.getThreadCpuTime(thread.threadId()));
  }

  /** Lets what is on its way arrive, and closes the connection beneath. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    super.close();
  }
}
