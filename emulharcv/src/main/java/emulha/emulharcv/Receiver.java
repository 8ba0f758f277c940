package emulha.emulharcv;

import emulha.codecs.Method;
import emulha.memory.Page;
import emulha.replication.Connection;
import emulha.replication.Environment;
import emulha.replication.ImageMismatchException;
import emulha.replication.Message;
import emulha.replication.RedisChunks;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
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
  private volatile @Nullable IOException outcome;

  /** What the last session left; owned by who holds {@link #session}. */
  private StoreLocation.@Nullable Opened held;

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
                "failed over: checkpoint %d, digests %s, %d ms of silence, usable after %d us%s"
                    .formatted(
                        failOver.checkpoint(),
                        failOver.digests().stream().map(Long::toHexString).toList(),
                        failOver.silenceNs() / 1_000_000,
                        failOver.recoveryNs() / 1_000,
                        failOver.files().isEmpty() ? "" : ", written to " + failOver.files()));
          }
        });
  }

  Receiver(ReceiverOptions options, ReceiverListener listener) throws IOException {
    this.options = options;
    this.listener = listener;
    server = ServerSocketChannel.open();
    try {
      server.bind(options.listen());
    } catch (IOException | UnresolvedAddressException e) {
      server.close();
      throw new IOException(
          "cannot listen on %s:%d: %s"
              .formatted(
                  options.listen().getHostString(),
                  options.listen().getPort(),
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
      close();
      acceptor.interrupt();
    }
    IOException failure = outcome;
    if (failure != null) {
      throw failure;
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        if (!connections.tryAcquire()) {
          SocketChannel oldest = waiting.poll();
          if (oldest != null) {
            oldest.close();
          }
          connections.acquire();
        }
        open.add(channel);
        waiting.add(channel);
        Thread.ofPlatform().daemon().name("receiving").start(() -> serve(channel));
      }
    } catch (ClosedChannelException | InterruptedException e) {
      ended.countDown();
    } catch (IOException e) {
      outcome = e;
      ended.countDown();
    }
  }

  private void serve(SocketChannel channel) {
    try (channel;
        var connection = Connection.from(channel, options.timeout(), options.security())) {
      greet(connection, () -> waiting.remove(channel));
    } catch (IOException e) {
      listener.note("turned away: " + e.getMessage());
    } finally {
      waiting.remove(channel);
      open.remove(channel);
      connections.release();
    }
  }

  /** Reads the hello, and serves the session if it can be accepted. */
  private void greet(Connection connection, Runnable accepted) throws IOException {
    Message.Hello hello;
    Method method;
    try {
      options.security().meet(connection);
      hello =
          switch (connection.reader().nextMessage()) {
            case Message.Hello said -> said;
            case Message.Challenge challenge ->
                throw new IOException(
                    "this receiver asks for no shared secret; leave out --token-file");
            case Message other ->
                throw new IOException("peer " + connection.peer() + " begins with " + other.type());
          };
      method = accepted(hello);
    } catch (IOException | IllegalArgumentException e) {
      connection.fail(new Message.Refused(String.valueOf(e.getMessage())));
      throw new IOException(connection.peer() + ": " + e.getMessage(), e);
    }
    if (!session.tryAcquire()) {
      connection.fail(new Message.Refused("another session is running; try again when it ends"));
      throw new IOException(connection.peer() + ": another session is running");
    }
    accepted.run();
    connection.greeted();
    IOException failure = null;
    try {
      serve(connection, hello, method);
    } catch (IOException e) {
      failure = e;
    } finally {
      session.release();
    }
    listener.note(
        "session with "
            + connection.peer()
            + (failure == null ? " ended" : " failed: " + failure.getMessage()));
    if (options.once()) {
      outcome = failure;
      ended.countDown();
    }
  }

  private void serve(Connection connection, Message.Hello hello, Method method) throws IOException {
    try (RedisChunks table = tableOf(connection, method)) {
      serve(connection, hello, method, table);
    }
  }

  private void serve(
      Connection connection, Message.Hello hello, Method method, @Nullable RedisChunks table)
      throws IOException {
    StoreLocation.Opened opened = storeFor(connection, hello);
    CheckpointStore store = opened.store();
    var serving =
        new Session(
            connection,
            hello,
            method,
            listener,
            store,
            options.store().kind(),
            options.imageOut(),
            table);
    try {
      long checkpoint = store.images().checkpoint();
      connection
          .writer()
          .send(new Message.Welcome(Message.VERSION, checkpoint, method.binding(), environment));
      serving.run();
    } catch (IOException e) {
      connection.fail(
          new Message.Failed(e instanceof ImageMismatchException, String.valueOf(e.getMessage())));
      throw e;
    } catch (RuntimeException e) {
      connection.fail(new Message.Failed(false, "internal error: " + e));
      throw new IOException("internal error: " + e, e);
    } finally {
      if (server.isOpen()) {
        held = opened;
      } else {
        opened.close();
      }
    }
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
      connection.fail(new Message.Refused(String.valueOf(e.getMessage())));
      throw e;
    }
  }

  /** The store that the last session left, if it is these VMs'; else opened. */
  private StoreLocation.Opened storeFor(Connection connection, Message.Hello hello)
      throws IOException {
    StoreLocation.Opened left = held;
    held = null;
    if (left != null && left.store().images().vms().equals(hello.vms()) && left.store().usable()) {
      return left;
    }
    try {
      if (left != null) {
        left.close();
      }
      return StoreLocation.Opened.of(options.store(), hello.vms(), listener::note);
    } catch (IOException e) {
      connection.fail(new Message.Refused(String.valueOf(e.getMessage())));
      throw e;
    } catch (OutOfMemoryError e) {
      connection.fail(new Message.Refused("out of memory for the fail-over images"));
      throw new IOException("out of memory for the fail-over images", e);
    }
  }

  private Method accepted(Message.Hello hello) {
    long ramBytes = 0;
    for (Message.Vm vm : hello.vms()) {
      ramBytes = Math.addExact(ramBytes, vm.ramPages() * Page.BYTES);
      if (ramBytes > options.maxRamBytes()) {
        throw new IllegalArgumentException(
            "the VMs need more RAM than the %d bytes that this receiver allows"
                .formatted(options.maxRamBytes()));
      }
    }
    // Before the method is parsed, which loads the library.
    if (!options.nativeCodecs() && Method.runsForeignCode(hello.method())) {
      throw new IllegalArgumentException(
          "this receiver runs no library that a sender names; start it with --native-codecs");
    }
    Method method = Method.parse(hello.method());
    options.store().require(method);
    return method;
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
        StoreLocation.Opened left = held;
        held = null;
        if (left != null) {
          left.close();
        }
      } finally {
        session.release();
      }
    }
  }
}
