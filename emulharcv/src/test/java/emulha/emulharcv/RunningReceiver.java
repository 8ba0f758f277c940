package emulha.emulharcv;

import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.StoreLocation;
import emulha.wire.Connection;
import emulha.wire.Security;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A receiver that runs in a thread of its own, on a free port of the loopback interface. */
final class RunningReceiver implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static final StoreLocation RAM = StoreLocation.parse("ram");

  final List<String> notes = new CopyOnWriteArrayList<>();

  /** By replay and VM, the image at its end. */
  final List<List<byte[]>> images = new CopyOnWriteArrayList<>();

  final List<FailOver> failOvers = new CopyOnWriteArrayList<>();

  private final Semaphore sessionEnds = new Semaphore(0);
  private final Semaphore connectionEnds = new Semaphore(0);
  private final Receiver receiver;
  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

  RunningReceiver(boolean once) throws IOException {
    this(once, 1L << 32);
  }

  RunningReceiver(boolean once, long maxRamBytes) throws IOException {
    this(once, maxRamBytes, null, Security.NONE, TIMEOUT, RAM);
  }

  /** Options of one that keeps checkpoints in RAM and writes no image. */
  static ReceiverOptions options(
      InetSocketAddress listen, boolean once, long maxRamBytes, Security security) {
    return new ReceiverOptions(
        listen,
        once,
        maxRamBytes,
        new ReceiverOptions.Waiting(TIMEOUT, 0),
        null,
        security,
        RAM,
        ReceiverOptions.Trust.LEAST);
  }

  /** One that watches connections before it blocks, for so many nanoseconds. */
  static RunningReceiver spinning(long spinNs) throws IOException {
    return new RunningReceiver(
        true, 1L << 32, null, Security.NONE, TIMEOUT, RAM, ReceiverOptions.Trust.LEAST, spinNs);
  }

  RunningReceiver(boolean once, Path imageOut) throws IOException {
    this(once, 1L << 32, imageOut, Security.NONE, TIMEOUT, RAM);
  }

  RunningReceiver(boolean once, StoreLocation store) throws IOException {
    this(once, 1L << 32, null, Security.NONE, TIMEOUT, store);
  }

  RunningReceiver(Security security) throws IOException {
    this(false, 1L << 32, null, security, TIMEOUT, RAM);
  }

  RunningReceiver(Path imageOut, Duration timeout) throws IOException {
    this(false, 1L << 32, imageOut, Security.NONE, timeout, RAM);
  }

  RunningReceiver(boolean once, ReceiverOptions.Trust trust) throws IOException {
    this(once, 1L << 32, null, Security.NONE, TIMEOUT, RAM, trust);
  }

  private RunningReceiver(
      boolean once,
      long maxRamBytes,
      @Nullable Path imageOut,
      Security security,
      Duration timeout,
      StoreLocation store)
      throws IOException {
    this(once, maxRamBytes, imageOut, security, timeout, store, ReceiverOptions.Trust.LEAST);
  }

  RunningReceiver(
      boolean once,
      long maxRamBytes,
      @Nullable Path imageOut,
      Security security,
      Duration timeout,
      StoreLocation store,
      ReceiverOptions.Trust trust)
      throws IOException {
    this(once, maxRamBytes, imageOut, security, timeout, store, trust, 0);
  }

  private RunningReceiver(
      boolean once,
      long maxRamBytes,
      @Nullable Path imageOut,
      Security security,
      Duration timeout,
      StoreLocation store,
      ReceiverOptions.Trust trust,
      long spinNs)
      throws IOException {
    var options =
        new ReceiverOptions(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            once,
            maxRamBytes,
            new ReceiverOptions.Waiting(timeout, spinNs),
            imageOut,
            security,
            store,
            trust);
    receiver =
        new Receiver(
            options,
            new ReceiverListener() {
              @Override
              public void note(String line) {
                notes.add(line);
                if (line.startsWith("session with")) {
                  sessionEnds.release();
                }
                connectionEnds.release();
              }

              @Override
              public void failedOver(FailOver failOver) {
                failOvers.add(failOver);
              }

              @Override
              public void replayed(int number, FailOverImages all) {
                images.add(
                    all.images().stream()
                        .map(
                            image ->
                                image.asSegment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                        .toList());
              }
            });
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                receiver.run();
                end.complete(null);
              } catch (IOException | RuntimeException | Error e) {
                end.completeExceptionally(e);
              }
            });
  }

  /** Ends the receiver as a signal does. */
  void stop() throws IOException {
    receiver.stop();
  }

  InetSocketAddress address() throws IOException {
    return receiver.address();
  }

  /** A connection to it, of a sender that asks for nothing. */
  Connection connect() throws IOException {
    return connect(address(), TIMEOUT);
  }

  static Connection connect(InetSocketAddress to, Duration timeout) throws IOException {
    return Connection.to(to, timeout, Security.NONE, UnaryOperator.identity(), 0);
  }

  /** Waits for the receiver to end, and gives what it threw. */
  @Nullable Throwable outcome() throws InterruptedException {
    try {
      end.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  /** Waits until one more session has ended, well or not. */
  void awaitSessionEnd() {
    sessionEnds.acquireUninterruptibly();
  }

  /** Waits until one more connection has ended, turned away or after a session. */
  void awaitConnectionEnd() {
    connectionEnds.acquireUninterruptibly();
  }

  @Override
  public void close() throws IOException {
    receiver.close();
  }
}
