package emulha.wire;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.function.LongSupplier;

/**
 * A socket that is watched for a stated time before the thread that reads it blocks. A blocked
 * thread is woken late: the processor may sleep, and the scheduler takes its time. Who watches
 * finds what comes at once, and burns a processor meanwhile; what it burnt is counted apart. Read
 * by one thread; any may write.
 */
final class SpinningChannel extends FilterChannel {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Arrivals arrivals;
  private final long spinNs;
  private final LongSupplier clock;
  private final LongSupplier cpuClock;
  private Spun spun = Spun.NONE;
  private boolean watched = true;

  /** Says, without waiting, whether a read would find something. */
  @FunctionalInterface
  interface Arrivals {
    /** Bytes that have come and were not read; 0 at the end of the stream, too. */
    int available() throws IOException;
  }

  /**
   * @param spinNs longest watch before each wait, in nanoseconds
   */
  SpinningChannel(SocketChannel socket, long spinNs) throws IOException {
    this(socket, arrivals(socket), spinNs, System::nanoTime, THREADS::getCurrentThreadCpuTime);
  }

  /**
   * @param clock monotonic, in nanoseconds
   * @param cpuClock CPU time of the calling thread, in nanoseconds
   */
  SpinningChannel(
      ByteChannel socket,
      Arrivals arrivals,
      long spinNs,
      LongSupplier clock,
      LongSupplier cpuClock) {
    super(socket);
    this.arrivals = arrivals;
    this.spinNs = Spun.checkedNs(spinNs);
    this.clock = clock;
    this.cpuClock = cpuClock;
  }

  private static Arrivals arrivals(SocketChannel socket) throws IOException {
    InputStream stream = socket.socket().getInputStream();
    return stream::available;
  }

  /** Whether it is watched from now on, as it is at first; called by the thread that reads. */
  void watch(boolean watched) {
    this.watched = watched;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (watched && target.hasRemaining() && arrivals.available() == 0) {
      spin();
    }
    return super.read(target);
  }

  private void spin() throws IOException {
    long cpu = cpuClock.getAsLong();
    long start = clock.getAsLong();
    boolean came = false;
    while (!came && clock.getAsLong() - start < spinNs) {
      Thread.onSpinWait();
      came = arrivals.available() > 0;
    }
    spun = spun.plus(new Spun(1, came ? 1 : 0, Math.max(0, cpuClock.getAsLong() - cpu)));
  }

  /** What watching came to so far; asked by the thread that reads. */
  Spun spun() {
    return spun;
  }
}
