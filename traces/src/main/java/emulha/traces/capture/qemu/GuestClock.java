package emulha.traces.capture.qemu;

import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.Preload;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A guest's own clock: {@code guest-clock.c}, preloaded into QEMU, halts the guest when its virtual
 * clock reaches an instant. Under {@code -icount} that clock counts instructions (QEMU
 * documentation, "TCG Instruction Counting"). Not thread-safe.
 */
final class GuestClock implements AutoCloseable {
  private static final long LACKING = -1;

  private final ServerSocketChannel server;
  private final Preload library;
  private final Path socket;
  private final ByteBuffer message = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
  private @Nullable SocketChannel channel;

  private GuestClock(Preload library, Path socket, ServerSocketChannel server) {
    this.library = library;
    this.socket = socket;
    this.server = server;
  }

  /**
   * Compiles the library and listens for it.
   *
   * @param directory takes both library and socket
   */
  static GuestClock in(Path directory) throws IOException {
    Preload library = Preload.compile("guest-clock.c", directory.resolve("guest-clock.so"));
    Path socket = directory.resolve("clock");
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
      server.configureBlocking(false);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    return new GuestClock(library, socket, server);
  }

  /** Adds to a program's environment what preloads the library. */
  void preload(Map<String, String> environment) {
    library.into(environment);
    environment.put("EMULHA_CLOCK", socket.toAbsolutePath().toString());
  }

  /**
   * Waits for the library to connect.
   *
   * @throws IOException if it does not, or QEMU lacks what it needs
   */
  void connect(Duration timeout) throws IOException {
    try (var selector = Selector.open()) {
      server.register(selector, SelectionKey.OP_ACCEPT);
      selector.select(timeout.toMillis());
    }
    channel = server.accept();
    if (channel == null) {
      throw new IOException(
          "QEMU took no library that halts it (is it linked statically?);"
              + " record with --clock host");
    }
    channel.configureBlocking(true);
    now();
  }

  /** The guest's clock in ns; the guest is halted. */
  long now() throws IOException {
    return ask(0);
  }

  /** Halts the guest, which is halted, at this instant of its clock when it runs next. */
  void haltAt(long ns) throws IOException {
    long now = ask(ns);
    if (now >= ns) {
      throw new IllegalStateException("halt at " + ns + " ns, and it is " + now + " already");
    }
  }

  private long ask(long request) throws IOException {
    SocketChannel open = channel;
    if (open == null) {
      throw new IllegalStateException("not connected");
    }
    message.clear().putLong(request).flip();
    try {
      while (message.hasRemaining()) {
        open.write(message);
      }
      message.clear();
      while (message.hasRemaining()) {
        if (open.read(message) < 0) {
          throw new GuestGoneException("QEMU ended");
        }
      }
    } catch (GuestGoneException e) {
      throw e;
    } catch (IOException e) {
      throw new GuestGoneException("QEMU ended: " + e.getMessage());
    }
    long now = message.getLong(0);
    if (now == LACKING) {
      throw new IOException(
          "this QEMU does not export what halting it takes (vm_stop, timer_init_full, timer_mod_ns,"
              + " qemu_clock_get_ns, main_loop_tlg, RunState_lookup); record with --clock host");
    }
    return now;
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    server.close();
  }
}
