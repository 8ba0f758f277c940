package emulha.emulharcv;

import emulha.codecs.Method;
import emulha.emulharcv.stores.CheckpointStore;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.HeldImages;
import emulha.emulharcv.stores.ImageDescription;
import emulha.emulharcv.stores.StoreLocation;
import emulha.memory.RamImage;
import emulha.redis.RedisChunks;
import emulha.runs.Environment;
import emulha.runs.ImageMismatchException;
import emulha.wire.Connection;
import emulha.wire.Connections;
import emulha.wire.FrameSource;
import emulha.wire.Message;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint receiver, {@code emulharcv} (Hou §3.1): listens, and serves one session at a time.
 * Each connection has a thread; one that does not begin with a valid hello, or comes during a
 * session, is turned away and costs no more than itself. When there are too many, the oldest that
 * has not come to a session is cut to make room, so that nobody can keep others out by waiting.
 */
public final class Receiver implements AutoCloseable {
  /** Connections served at once, those being turned away included. */
  private static final int MAX_CONNECTIONS = 16;

  private static final long RETRY_NS = 100_000_000;

  /** How long a peer has to leave when the receiver is stopped. */
  private static final int PATIENCE_S = 2;

  static final String STOPPED = "the receiver was stopped";

  private final ReceiverOptions options;
  private final ReceiverListener listener;
  private final ServerSocketChannel server;
  private final String environment = Environment.here().toJson();
  private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);
  private final Semaphore session = new Semaphore(1);
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

  /** Those of {@link #open} that have not come to a session, oldest first. */
  private final Queue<SocketChannel> waiting = new ConcurrentLinkedQueue<>();

  private final CountDownLatch ended = new CountDownLatch(1);

  /** Whether {@link #stop} has done all it does. */
  private final Semaphore stopped = new Semaphore(0);

  private volatile @Nullable IOException outcome;

  private final ThreadFactory threads;
  private volatile boolean stopping;

  /** The connection that has the session. */
  private volatile @Nullable Connection serving;

  /** Further connections of that session, if its method is sent over several. */
  private volatile @Nullable FurtherConnections further;

  /** What sessions left; owned by who holds {@link #session}. */
  private final HeldImages held = new HeldImages();

  /**
   * Starts to listen.
   *
   * @param log takes lines for the user, from several threads
   * @throws IOException if it cannot, for example because the port is in use
   */
  public Receiver(ReceiverOptions options, Consumer<String> log) throws IOException {
    this(
        options,
        new ReceiverListener() {
          @Override
          public void note(String line) {
            log.accept(line);
          }

          @Override
          public void protectedFromNow() {
            log.accept("protected: the base is whole, checkpoints follow");
          }

          @Override
          public void failedOver(FailOver failOver) {
            log.accept(
                "failed over: %s, digests %s, %d ms of silence, usable after %d us%s"
                    .formatted(
                        FailOverImages.name(failOver.checkpoint()),
                        failOver.digests(),
                        failOver.silenceNs() / 1_000_000,
                        failOver.recoveryNs() / 1_000,
                        failOver.files().isEmpty() ? "" : ", written to " + failOver.files()));
          }
        });
  }

  Receiver(ReceiverOptions options, ReceiverListener listener) throws IOException {
    this(options, listener, Thread.ofPlatform().daemon().name("receiving").factory());
  }

  /**
   * @param threads makes the threads that serve connections
   */
  Receiver(ReceiverOptions options, ReceiverListener listener, ThreadFactory threads)
      throws IOException {
    this.threads = threads;
    this.options = options;
    this.listener = listener;
    server = ServerSocketChannel.open();
    try {
      server.bind(options.listen());
    } catch (IOException | UnresolvedAddressException e) {
      server.close();
      throw new IOException(
          "cannot listen on %s: %s"
              .formatted(
                  Connection.text(options.listen().getHostString(), options.listen().getPort()),
                  e instanceof BindException
                      ? e.getMessage() + "; stop what listens there or choose another port"
                      : e.toString()),
          e);
    }
  }

  /** Where the receiver listens, with the port that was picked. */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) server.getLocalAddress();
  }

  /**
   * Serves sessions: one, or until {@link #close}.
   *
   * @throws IOException if the only session fails, or no connection can be accepted any more
   */
  public void run() throws IOException {
    Thread acceptor = Thread.ofPlatform().daemon().name("accepting").start(this::accept);
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (stopping) {
        // Closing now would cut what the peer is being told.
        stopped.acquireUninterruptibly();
      }
      close();
      acceptor.interrupt();
    }
    IOException failure = outcome;
    if (failure != null) {
      throw failure;
    }
  }

  private void accept() {
    String trouble = "";
    while (server.isOpen()) {
      SocketChannel channel = null;
      try {
        channel = server.accept();
        admit(channel);
        trouble = "";
      } catch (ClosedChannelException e) {
        break;
      } catch (InterruptedException e) {
        break;
      } catch (IOException | RuntimeException | Error e) {
        // Out of file descriptors, threads or memory: it must not end the session that runs, and
        // may pass. Who waits longest makes room.
        if (!e.toString().equals(trouble)) {
          trouble = e.toString();
          note("cannot take a connection, and tries again: " + e.getMessage());
        }
        cut(channel);
        cut(waiting.poll());
        LockSupport.parkNanos(RETRY_NS);
      }
    }
    ended.countDown();
  }

  private void admit(SocketChannel channel) throws IOException, InterruptedException {
    if (!connections.tryAcquire()) {
      cut(waiting.poll());
      connections.acquire();
    }
    boolean started = false;
    try {
      Thread thread = threads.newThread(() -> serve(channel));
      open.add(channel);
      waiting.add(channel);
      thread.start();
      started = true;
    } finally {
      if (!started) {
        waiting.remove(channel);
        open.remove(channel);
        connections.release();
      }
    }
  }

  private static void cut(@Nullable SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // It is closed then, too.
      }
    }
  }

  /** Tells the user, if there is the memory to. */
  private void note(String line) {
    try {
      listener.note(line);
    } catch (OutOfMemoryError e) {
      // The next line may come through.
    }
  }

  private void serve(SocketChannel channel) {
    try (channel;
        var connection =
            Connection.from(
                channel,
                options.waiting().timeout(),
                options.trust().idle(),
                options.security(),
                options.waiting().spinNs())) {
      greet(connection, () -> waiting.remove(channel));
    } catch (IOException | RuntimeException | Error e) {
      note("turned away: " + SessionFailure.of(e).getMessage());
    } finally {
      waiting.remove(channel);
      open.remove(channel);
      connections.release();
    }
  }

  /** Gives a connection to the session that expects it, and waits until that has ended. */
  private void serveFurther(Connection connection, Message.Join join, Runnable accepted)
      throws IOException {
    FurtherConnections expected = further;
    if (expected == null || !expected.admits(join)) {
      throw new IOException("no session expects this connection");
    }
    accepted.run();
    connection.greeted();
    connection.writer().send(new Message.Joined());
    expected.join(join.number(), connection);
  }

  /** Reads the hello, and serves the session if it can be accepted. */
  private void greet(Connection connection, Runnable accepted) throws IOException {
    Message.Hello hello;
    Method method;
    try {
      options.security().meet(connection);
      switch (connection.reader().nextMessage()) {
        case Message.Hello said -> hello = said;
        case Message.Join join -> {
          serveFurther(connection, join, accepted);
          return;
        }
        case Message.Challenge challenge ->
            throw new IOException(
                "this receiver asks for no shared secret; leave out --token-file");
        case Message other ->
            throw new IOException("peer " + connection.peer() + " begins with " + other.type());
      }
      method = accepted(hello);
    } catch (IOException | IllegalArgumentException e) {
      connection.fail(new Message.Refused(String.valueOf(e.getMessage())));
      throw new IOException(connection.peer() + ": " + e.getMessage(), e);
    }
    if (!session.tryAcquire()) {
      connection.fail(new Message.Refused("another session is running; try again when it ends"));
      throw new IOException(connection.peer() + ": another session is running");
    }
    IOException failure = null;
    try {
      accepted.run();
      connection.greeted();
      serving = connection;
      try (RedisChunks table = tableOf(connection, method)) {
        serve(connection, hello, method, table);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = SessionFailure.of(e);
    } finally {
      serving = null;
      FurtherConnections others = further;
      further = null;
      if (others != null) {
        others.end();
      }
      session.release();
    }
    note(
        "session with "
            + connection.peer()
            + (failure == null ? " ended" : " failed: " + failure.getMessage()));
    if (options.once()) {
      outcome = failure;
      ended.countDown();
    }
  }

  private void serve(
      Connection connection, Message.Hello hello, Method method, @Nullable RedisChunks table)
      throws IOException {
    StoreLocation.Opened opened = storeFor(connection, hello, method);
    Session serving = null;
    boolean lost = true;
    try {
      CheckpointStore store = opened.store();
      serving =
          new Session(
              connection,
              hello,
              method,
              listener,
              new Session.Kept(store, options.store().kind().name(), () -> imageOut(hello.vms())),
              table,
              () -> stopping);
      long checkpoint = store.images().checkpoint();
      connection
          .writer()
          .send(
              new Message.Welcome(
                  Message.VERSION,
                  checkpoint,
                  options.waiting().spinNs(),
                  method.binding(),
                  environment));
      serving.run(gathered(connection, method.connections()));
      lost = false;
    } catch (IOException | RuntimeException | Error e) {
      IOException failure = SessionFailure.of(e, stopping);
      connection.fail(new Message.Failed(failure instanceof ImageMismatchException, told(failure)));
      throw failure;
    } finally {
      boolean written = serving != null && serving.written();
      boolean whole = opened.store().images().checkpoint() != Message.NOTHING;
      if (server.isOpen() || stopping) {
        held.put(hello.vms(), new HeldImages.Held(opened, lost && whole, written));
      } else {
        opened.close();
      }
    }
  }

  /** Waits for the session's other connections, if it has others; what comes on all of them. */
  private FrameSource gathered(Connection connection, int count) throws IOException {
    if (count == 1) {
      return connection.reader();
    }
    var expected = new FurtherConnections(connection, count);
    further = expected;
    connection.writer().send(new Message.Invite(expected.ticket()));
    return Connections.source(expected.await(options.waiting().timeout()));
  }

  /** A failure as a peer may know it: not where this machine keeps what. */
  private String told(IOException failure) {
    String text = String.valueOf(failure.getMessage());
    Path out = options.imageOut();
    if (out != null) {
      text = text.replace(out.toString(), "its file");
    }
    return options.store().hiddenIn(text);
  }

  /** Where these VMs' images go now: those of others that this receiver has written stay. */
  private @Nullable Path imageOut(List<Message.Vm> vms) {
    Path out = options.imageOut();
    if (out == null) {
      return null;
    }
    int number = held.number(vms);
    if (number < 0) {
      note(
          "the image of %s is not written: those of %d others are; a receiver started anew does"
              .formatted(vms.getFirst().name(), HeldImages.MAX));
      return null;
    }
    return number == 0 ? out : out.resolveSibling(out.getFileName() + "-" + (number + 1));
  }

  /** The table that the method shares with other hosts, if it does. */
  private @Nullable RedisChunks tableOf(Connection connection, Method method) throws IOException {
    URI server = method.table().orElse(null);
    if (server == null) {
      return null;
    }
    try {
      return RedisChunks.open(server, listener::note);
    } catch (IOException e) {
      connection.fail(
          new Message.Refused("this receiver cannot use its chunk table; its log says why"));
      throw e;
    }
  }

  /** The store that an earlier session left, if it is these VMs'; else opened. */
  private StoreLocation.Opened storeFor(Connection connection, Message.Hello hello, Method method)
      throws IOException {
    try {
      HeldImages.Held left = held.take(hello.vms());
      if (left != null) {
        if (left.opened().store().usable()) {
          return left.opened();
        }
        left.opened().close();
      }
      if (!options.store().kind().outlivesReceiver()) {
        if (!held.makeRoom(ramBytes(hello), options.maxRamBytes() - method.receiverBytes())) {
          throw new IOException(
              "images of lost senders leave no room below --max-ram for these VMs; with"
                  + " --image-out, or after a restart, they do");
        }
      } else if (!held.isEmpty()) {
        throw new IOException(options.store() + ": holds the images of other VMs");
      }
      return options.store().open(hello.vms(), listener::note);
    } catch (IOException | RuntimeException | Error e) {
      connection.fail(
          new Message.Refused(
              e instanceof OutOfMemoryError
                  ? "out of memory for the fail-over images"
                  : "this receiver cannot keep images of these VMs; its log says why"));
      throw e instanceof OutOfMemoryError
          ? new IOException("out of memory for the fail-over images", e)
          : SessionFailure.of(e);
    }
  }

  private static long ramBytes(Message.Hello hello) {
    try {
      return hello.vms().stream().mapToLong(Message.Vm::ramBytes).reduce(0, Math::addExact);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("the VMs need more RAM than any machine has", e);
    }
  }

  private Method accepted(Message.Hello hello) {
    if (ramBytes(hello) > Math.min(options.maxRamBytes(), RamImage.MAX_BYTES)) {
      throw new IllegalArgumentException(
          "the VMs need more RAM than the %d bytes that this receiver allows"
              .formatted(options.maxRamBytes()));
    }
    // Before the method is parsed, which loads the library.
    if (!options.trust().nativeCodecs() && Method.runsForeignCode(hello.method())) {
      throw new IllegalArgumentException(
          "this receiver runs no library that a sender names; start it with --native-codecs");
    }
    Method method = Method.parse(hello.method());
    method.require(hello.pageSize());
    if (method.receiverBytes() > options.maxRamBytes() - ramBytes(hello)) {
      throw new IllegalArgumentException(
          "method '%s' takes %d bytes beside the VMs' RAM, more than this receiver's --max-ram leaves"
              .formatted(method, method.receiverBytes()));
    }
    URI table = method.table().orElse(null);
    if (table != null && !options.trust().tables().contains(table)) {
      throw new IllegalArgumentException(
          "this receiver connects to no server that a sender names, unless started with"
              + " --allow-table %s".formatted(table));
    }
    options.store().kind().require(method);
    return method;
  }

  /**
   * Ends as if the sender were lost: a session that runs fails over, and images that are in no file
   * yet are written where the options say. Returns when that is done.
   */
  public void stop() throws IOException {
    stopping = true;
    try {
      failOver();
    } finally {
      close();
      stopped.release();
    }
  }

  private void failOver() throws IOException {
    server.close();
    Connection running = serving;
    if (running != null) {
      try {
        running.writer().send(new Message.Failed(false, STOPPED));
      } catch (IOException e) {
        // The peer is gone: the session ends by itself.
      }
    }
    // A peer that has read that leaves. One that does not is not waited for.
    if (!acquiredSoon()) {
      for (SocketChannel channel : open) {
        cut(channel);
      }
      session.acquireUninterruptibly();
    }
    IOException failure = null;
    try {
      for (HeldImages.Held each : held.all()) {
        FailOverImages images = each.opened().store().images();
        boolean needed = !each.written() && images.checkpoint() != Message.NOTHING;
        Path out = needed ? imageOut(images.vms()) : null;
        for (int vm = 0; out != null && vm < images.vms().size(); vm++) {
          try {
            Path file = ImageDescription.of(images, vm, null, 0, STOPPED).write(images, vm, out);
            note("stopped: wrote " + file + ", " + FailOverImages.name(images.checkpoint()));
          } catch (IOException | RuntimeException | Error e) {
            // The others may be written yet.
            IOException reason = SessionFailure.of(e);
            if (failure == null) {
              failure = reason;
            } else {
              note("stopped: " + reason.getMessage());
            }
          }
        }
      }
    } finally {
      session.release();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private boolean acquiredSoon() {
    try {
      return session.tryAcquire(PATIENCE_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Stops listening and cuts the connections. */
  @Override
  public void close() throws IOException {
    server.close();
    for (SocketChannel channel : open) {
      channel.close();
    }
    // Without the permit a session is running, and closes its store itself.
    if (session.tryAcquire()) {
      try {
        held.close();
      } finally {
        session.release();
      }
    }
  }
}
