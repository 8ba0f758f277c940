package emulha.traces.capture.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for QEMU's monitor: says a greeting, then for each line received the next part of a
 * script. A null part closes the connection; {@code $ID} stands for the id of the command.
 */
final class FakeMonitor implements AutoCloseable {
  static final String GREETING =
      "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}},"
          + " \"capabilities\": [\"oob\"]}}\r\n";
  static final String OK = "{\"return\": {}, \"id\": $ID}\r\n";

  private final ServerSocketChannel server;
  private final Thread thread;
  private final List<String> commands = new CopyOnWriteArrayList<>();

  FakeMonitor(Path socket, String greeting, @Nullable String... script) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    var parts = new ArrayList<@Nullable String>(List.of());
    for (String part : script) {
      parts.add(part);
    }
    thread = Thread.ofPlatform().daemon().start(() -> serve(greeting, parts));
  }

  /** What was received, one command a line. */
  List<String> commands() {
    return commands;
  }

  private void serve(String greeting, List<@Nullable String> script) {
    try (SocketChannel client = server.accept()) {
      write(client, greeting);
      for (String part : script) {
        String command = readLine(client);
        if (command == null || part == null) {
          return;
        }
        commands.add(command);
        String id = command.replaceAll(".*\"id\":([0-9]+).*", "$1");
        write(client, part.replace("$ID", id));
      }
      while (readLine(client) != null) {
        // unanswered
      }
    } catch (AsynchronousCloseException e) {
      // the test is over
    } catch (IOException e) {
      if (server.isOpen()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void write(SocketChannel client, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  private static @Nullable String readLine(SocketChannel client) throws IOException {
    var line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (client.read(one.clear()) > 0) {
      char c = (char) one.get(0);
      if (c == '\n') {
        return line.toString();
      }
      line.append(c);
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    server.close();
    thread.interrupt();
  }
}
