package emulha.replication;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;

/**
 * A TCP connection that carries frames. One thread reads, any may write. A peer of which nothing
 * comes while something is expected, not even a heartbeat, or which does not read what is sent to
 * it, for longer than the timeout, loses the connection.
 */
public final class Connection implements AutoCloseable {

  private final SocketChannel channel;
  private final String peer;
  private final Watchdog watchdog;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final Heartbeat heartbeat;

  /** Takes over a connected channel. */
  public Connection(SocketChannel channel, Duration timeout) throws IOException {
    this.channel = channel;
    this.peer = text((InetSocketAddress) channel.getRemoteAddress());
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    this.watchdog = new Watchdog(channel, peer, timeout);
    this.reader = new FrameReader(channel, peer, watchdog.reading());
    this.writer = new FrameWriter(channel, watchdog.writing());
    this.heartbeat = new Heartbeat(writer, peer, timeout);
  }

  /**
   * Connects to a receiver.
   *
   * @throws IOException if nobody listens there; the message says where
   */
  public static Connection to(InetSocketAddress address, Duration timeout) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.socket().connect(address, (int) Math.min(Integer.MAX_VALUE, timeout.toMillis()));
      return new Connection(channel, timeout);
    } catch (IOException | UnresolvedAddressException e) {
      channel.close();
      throw new IOException(
          "cannot connect to %s: %s; is emulharcv running there?"
              .formatted(
                  address.isUnresolved()
                      ? address.getHostString() + ":" + address.getPort() + " (unknown host)"
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

  /**
   * Tells the peer that the session has failed, and waits a little for it to read that. Never fails
   * itself.
   */
  public void fail(Message message) {
    try {
      writer.send(message);
      channel.shutdownOutput();
      // Closing with unread input would reset the connection and could take the message with it.
      var rest = ByteBuffer.allocate(64 * 1024);
      long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      channel.configureBlocking(true);
      channel.socket().setSoTimeout(100);
      var in = channel.socket().getInputStream();
      while (System.nanoTime() < end && in.read(rest.array()) >= 0) {
        rest.clear();
      }
    } catch (IOException e) {
      // The peer is gone, or does not listen: it will notice the closed connection.
    }
  }

  @Override
  public void close() throws IOException {
    heartbeat.close();
    watchdog.close();
    channel.close();
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
