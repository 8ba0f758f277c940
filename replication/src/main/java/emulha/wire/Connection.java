package emulha.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection that carries frames. One thread reads, any may write. A peer of which nothing
 * comes while something is expected, not even a heartbeat, or which does not read what is sent to
 * it, for longer than the timeout, loses the connection.
 */
public final class Connection implements AutoCloseable {

  private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  private final SocketChannel socket;
  private final ByteChannel channel;
  private final @Nullable SpinningChannel spinning;
  private final @Nullable CountingChannel encrypted;
  private final String peer;
  private final Watchdog watchdog;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final Duration timeout;
  private @Nullable Heartbeat heartbeat;

  private Connection(
      SocketChannel socket,
      Duration timeout,
      Duration idle,
      Security security,
      boolean sender,
      UnaryOperator<ByteChannel> network,
      long spinNs)
      throws IOException {
    this.socket = socket;
    this.peer = text((InetSocketAddress) socket.getRemoteAddress());
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    SpinningChannel spinning = spinNs == 0 ? null : new SpinningChannel(socket, spinNs);
    if (spinning != null) {
      // Whoever connects may be silent: until it is greeted, no processor is burnt for it.
      spinning.watch(false);
    }
    this.spinning = spinning;
    this.watchdog = new Watchdog(socket, peer, timeout, idle);
    ByteChannel link = network.apply(watchdog.over(spinning == null ? socket : spinning));
    this.encrypted = security instanceof Tls ? new CountingChannel(link) : null;
    this.channel = security.over(encrypted == null ? link : encrypted, sender);
    this.reader =
        new FrameReader(
            channel, peer, watchdog, spinning == null ? () -> Spun.NONE : spinning::spun);
    this.writer = new FrameWriter(channel, watchdog);
    this.timeout = timeout;
    watchdog.start();
    if (sender) {
      greeted();
    }
  }

  /**
   * Takes over a connection that a sender has made. The sender has a limited time until {@link
   * #greeted}.
   *
   * @param idle longest time in which nothing but heartbeats comes of it while it is waited for
   * @param spinNs for how long it is watched before the reading thread blocks, in nanoseconds, up
   *     to {@link Spun#MOST_NS}; 0 to block at once
   */
  public static Connection from(
      SocketChannel accepted, Duration timeout, Duration idle, Security security, long spinNs)
      throws IOException {
    var connection =
        new Connection(accepted, timeout, idle, security, false, UnaryOperator.identity(), spinNs);
    connection.watchdog.greeting.begin();
    return connection;
  }

  /**
   * Connects to a receiver.
   *
   * @param network what carries the bytes, over the socket
   * @param spinNs for how long the socket is watched before the reading thread blocks, in
   *     nanoseconds, up to {@link Spun#MOST_NS}; 0 to block at once
   * @throws IOException if nobody listens there; the message says where
   */
  public static Connection to(
      InetSocketAddress address,
      Duration timeout,
      Security security,
      UnaryOperator<ByteChannel> network,
      long spinNs)
      throws IOException {
    SocketChannel socket = SocketChannel.open();
    try {
      socket.socket().connect(address, (int) Math.min(Integer.MAX_VALUE, timeout.toMillis()));
      return new Connection(socket, timeout, FOR_EVER, security, true, network, spinNs);
    } catch (IOException | UnresolvedAddressException e) {
      socket.close();
      throw new IOException(
          "cannot connect to %s: %s; is emulharcv running there?"
              .formatted(
                  address.isUnresolved()
                      ? text(address.getHostString(), address.getPort()) + " (unknown host)"
                      : text(address),
                  e.getMessage()),
          e);
    }
  }

  /** Where the peer is: {@code host:port}. */
  public String peer() {
    return peer;
  }

  /** Reads what the peer sends. */
  public FrameReader reader() {
    return reader;
  }

  /** Writes to the peer. */
  public FrameWriter writer() {
    return writer;
  }

  /** What TLS did so far, for the handshake too; null without TLS. */
  public @Nullable Encryption encryption() {
    return encrypted == null
        ? null
        : new Encryption(encrypted.bytes, writer.totals().writeNs() - encrypted.writeNs);
  }

  /**
   * The peer is one to work with: its time is no longer limited, there is memory for it, what comes
   * of it may be watched for, and it is told that this end lives. Called by the thread that reads.
   */
  public void greeted() {
    watchdog.greeting.end();
    SpinningChannel watched = spinning;
    if (watched != null) {
      watched.watch(true);
    }
    reader.enlarge();
    writer.enlarge();
    heartbeat = new Heartbeat(writer, peer, timeout);
  }

  /**
   * Tells the peer that the session has failed, and waits a little for it to read that. Never fails
   * itself.
   */
  public void fail(Message message) {
    try {
      writer.send(message);
      socket.shutdownOutput();
      // Closing with unread input would reset the connection and could take the message with it.
      var rest = ByteBuffer.allocate(64 * 1024);
      long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      socket.configureBlocking(true);
      socket.socket().setSoTimeout(100);
      var in = socket.socket().getInputStream();
      while (System.nanoTime() < end && in.read(rest.array()) >= 0) {
        rest.clear();
      }
    } catch (IOException e) {
      // The peer is gone, or does not listen: it will notice the closed connection.
    }
  }

  /** The error for a receiver that refuses. */
  IOException refusal(String reason) {
    return new IOException("receiver %s refuses: %s".formatted(peer, reason));
  }

  /** The error for what a receiver says in place of what was expected: a refusal, if it is one. */
  public IOException unexpected(String expected, Message found) {
    return found instanceof Message.Refused refused
        ? refusal(refused.reason())
        : new ProtocolException(
            "expected %s from %s, found %s".formatted(expected, peer, found.type()));
  }

  /** Sends what is still on its way, and closes the connection. */
  @Override
  public void close() throws IOException {
    if (heartbeat != null) {
      heartbeat.close();
    }
    watchdog.closing.begin();
    try {
      channel.close();
    } finally {
      watchdog.closing.end();
      watchdog.close();
      socket.close();
    }
  }

  /** An address as options take it: {@code HOST:PORT}, with a host of IPv6 in brackets. */
  public static String text(InetSocketAddress address) {
    return text(address.getAddress().getHostAddress(), address.getPort());
  }

  /** A host and port as options take them. */
  public static String text(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** Counts what is written to it, and the time that takes. */
  private static final class CountingChannel extends FilterChannel {
    private volatile long bytes;
    private volatile long writeNs;

    CountingChannel(ByteChannel channel) {
      super(channel);
    }

    /** Called by one thread at a time, as every channel is that {@link FrameWriter} writes to. */
    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public int write(ByteBuffer source) throws IOException {
      long start = System.nanoTime();
      int n = super.write(source);
      writeNs += System.nanoTime() - start;
      bytes += n;
      return n;
    }
  }
}
