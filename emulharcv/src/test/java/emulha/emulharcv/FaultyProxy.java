package emulha.emulharcv;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Passes one connection on to a receiver, and does one thing wrong at one byte of one way. */
final class FaultyProxy implements AutoCloseable {
  /** What it does wrong. */
  enum Fault {
    /** Nothing: to see how much there is to pass on. */
    NONE,
    /** Changes a bit. */
    FLIP,
    /** Leaves out up to 64 bytes. */
    DROP,
    /** Passes up to 64 bytes on twice. */
    DUPLICATE,
    /** Exchanges a stretch of up to 64 bytes and the one behind it. */
    REORDER,
    /** Keeps every piece back for a while. */
    DELAY,
    /** Ends both connections, as the system does for a process that is killed. */
    CUT,
    /** Ends both with a reset, as the system does for one killed with bytes unread. */
    RESET,
    /** Passes nothing on any more, and leaves both open, as a host does that loses its power. */
    STALL
  }

  private static final int PIECE_BYTES = 4096;

  private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final Fault fault;
  private final long position;
  private final Random random;
  private volatile boolean stalled;

  /** Whether what it did changed nothing: it exchanged equal bytes. */
  volatile boolean unharmed;

  /** Bytes that came from each end. */
  final AtomicLong fromSender = new AtomicLong();

  final AtomicLong fromReceiver = new AtomicLong();

  FaultyProxy(
      InetSocketAddress receiver,
      Fault fault,
      boolean towardsReceiver,
      long position,
      Random random)
      throws IOException {
    this.fault = fault;
    this.position = position;
    this.random = random;
    start(
        () -> {
          Socket sender = server.accept();
          Socket onward = new Socket(receiver.getAddress(), receiver.getPort());
          sender.setTcpNoDelay(true);
          onward.setTcpNoDelay(true);
          start(() -> pass(onward, sender, !towardsReceiver, fromReceiver));
          pass(sender, onward, towardsReceiver, fromSender);
        });
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void start(Task task) {
    Thread.ofPlatform()
        .daemon()
        .name("proxy")
        .start(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // One of the ends is gone.
              }
            });
  }

  private void pass(Socket from, Socket to, boolean faulty, AtomicLong passed) throws IOException {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] piece = new byte[PIECE_BYTES];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        long at = passed.getAndAdd(n);
        if (stalled) {
          continue;
        }
        if (faulty && fault == Fault.DELAY) {
          LockSupport.parkNanos(random.nextInt(300_000));
        }
        if (faulty && at <= position && position < at + n) {
          int before = (int) (position - at);
          out.write(piece, 0, before);
          misbehave(piece, before, n, out, from, to);
        } else {
          out.write(piece, 0, n);
        }
      }
      if (!stalled) {
        to.shutdownOutput();
      }
    } finally {
      if (!stalled) {
        // The other way may still have something to say.
        from.shutdownInput();
      }
    }
  }

  private void misbehave(byte[] piece, int at, int end, OutputStream out, Socket from, Socket to)
      throws IOException {
    int length = Math.min(1 + random.nextInt(64), end - at);
    switch (fault) {
      case NONE, DELAY -> out.write(piece, at, end - at);
      case FLIP -> {
        piece[at] ^= (byte) (1 << random.nextInt(8));
        out.write(piece, at, end - at);
      }
      case DROP -> out.write(piece, at + length, end - at - length);
      case DUPLICATE -> {
        out.write(piece, at, length);
        out.write(piece, at, end - at);
      }
      case REORDER -> {
        int half = Math.min(length, (end - at) / 2);
        byte[] before = Arrays.copyOfRange(piece, at, at + 2 * half);
        System.arraycopy(before, half, piece, at, half);
        System.arraycopy(before, 0, piece, at + half, half);
        unharmed = Arrays.equals(before, 0, 2 * half, piece, at, at + 2 * half);
        out.write(piece, at, end - at);
      }
      case CUT -> {
        from.close();
        to.close();
      }
      case RESET -> {
        from.setOption(StandardSocketOptions.SO_LINGER, 0);
        to.setOption(StandardSocketOptions.SO_LINGER, 0);
        from.close();
        to.close();
      }
      case STALL -> stalled = true;
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
