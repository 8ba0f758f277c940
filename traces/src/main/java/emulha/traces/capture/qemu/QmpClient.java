package emulha.traces.capture.qemu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.traces.capture.GuestGoneException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * A connection to QEMU's monitor (QEMU documentation, "QEMU Machine Protocol Specification"): JSON
 * objects, one a line; a reply carries the id of its command, events come in between. No wait is
 * unbounded. Not thread-safe.
 */
final class QmpClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_LINE_BYTES = 1 << 20;
  private static final int MAX_EVENTS = 256;
  private static final long POLL_NS = 200_000_000;

  private record Event(String name, long timestampUs) {}

  private final Path socket;
  private final long timeoutNs;
  private final SocketChannel channel;
  private final Selector selector;
  private final Deque<Event> events = new ArrayDeque<>();
  private final Map<Long, JsonNode> replies = new HashMap<>();
  private ByteBuffer received = ByteBuffer.allocate(1 << 16);
  private long lastId;

  private QmpClient(Path socket, Duration timeout, SocketChannel channel, Selector selector) {
    this.socket = socket;
    this.timeoutNs = timeout.toNanos();
    this.channel = channel;
    this.selector = selector;
  }

  /**
   * Connects and negotiates.
   *
   * @param timeout longest wait for any single answer
   * @throws IOException if nobody listens there, or not QEMU
   */
  static QmpClient connect(Path socket, Duration timeout) throws IOException {
    var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    Selector selector = null;
    try {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        throw new IOException(
            socket + ": no QEMU monitor listens there (" + e.getMessage() + ")", e);
      }
      channel.configureBlocking(false);
      selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      var client = new QmpClient(socket, timeout, channel, selector);
      client.negotiate();
      return client;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (selector != null) {
        selector.close();
      }
      throw e;
    }
  }

  private void negotiate() throws IOException {
    long deadline = System.nanoTime() + timeoutNs;
    JsonNode greeting = nextMessage(deadline, "a greeting");
    if (!greeting.path("QMP").isObject()) {
      throw new IOException(socket + ": expected QEMU's greeting, found " + shorten(greeting));
    }
    execute("qmp_capabilities");
  }

  /** Runs a command without arguments; see {@link #execute(String, Map)}. */
  JsonNode execute(String command) throws IOException {
    return execute(command, Map.of());
  }

  /**
   * Runs a command and waits for what it returns.
   *
   * @throws IOException if QEMU refuses the command or does not answer in time
   * @throws GuestGoneException if QEMU closes the connection
   */
  JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    return await(send(command, arguments), command);
  }

  /**
   * Sends a command without waiting for its reply.
   *
   * @return its id, for {@link #await}
   */
  long send(String command, Map<String, ?> arguments) throws IOException {
    long id = ++lastId;
    var message = JSON.createObjectNode();
    message.put("execute", command);
    if (!arguments.isEmpty()) {
      message.set("arguments", JSON.valueToTree(arguments));
    }
    message.put("id", id);
    ByteBuffer out =
        ByteBuffer.wrap((JSON.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
    long deadline = System.nanoTime() + timeoutNs;
    while (out.hasRemaining()) {
      try {
        if (channel.write(out) > 0) {
          continue;
        }
      } catch (IOException e) {
        throw new GuestGoneException(socket + ": QEMU closed its monitor before " + command);
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException(
            socket + ": QEMU took no command within " + timeoutNs / 1_000_000 + " ms");
      }
      Thread.onSpinWait();
    }
    return id;
  }

  /** Waits for the reply to a command that was sent. */
  JsonNode await(long id, String command) throws IOException {
    long deadline = System.nanoTime() + timeoutNs;
    JsonNode reply = replies.remove(id);
    while (reply == null) {
      sort(nextMessage(deadline, "a reply to " + command));
      reply = replies.remove(id);
    }
    if (reply.has("error")) {
      throw new IOException(
          socket + ": QEMU refuses " + command + ": " + reply.path("error").path("desc").asText());
    }
    return reply.path("return");
  }

  /** Asks the guest to halt, without waiting; {@link #stopped} waits. Both together halt it. */
  long sendStop() throws IOException {
    forget("STOP");
    return send("stop", Map.of());
  }

  /**
   * Waits until the guest is halted.
   *
   * @param id what {@link #sendStop} returned
   * @return QEMU's time of day when it halted, in microseconds; empty if it was not running, for
   *     which QEMU emits no event
   */
  OptionalLong stopped(long id) throws IOException {
    await(id, "stop");
    return eventAfterReply("STOP");
  }

  /** Lets the guest run; unlike {@link #resumed}, asks for no event. */
  void cont() throws IOException {
    await(sendCont(), "cont");
  }

  /** Lets the guest run, without waiting; {@link #resumed} waits. */
  long sendCont() throws IOException {
    forget("RESUME");
    return send("cont", Map.of());
  }

  /**
   * Waits until the guest runs.
   *
   * @return QEMU's time of day when it began to, in microseconds; empty if it was running already
   */
  OptionalLong resumed(long id) throws IOException {
    await(id, "cont");
    return eventAfterReply("RESUME");
  }

  /**
   * Waits for a guest that halts by itself.
   *
   * @param interrupted asked now and then whether to give up
   * @return false if interrupted before
   * @throws GuestGoneException if the guest resets, shuts down or panics instead
   */
  boolean halted(Duration timeout, BooleanSupplier interrupted) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      for (String end : List.of("RESET", "SHUTDOWN", "GUEST_PANICKED")) {
        if (take(end).isPresent()) {
          throw new GuestGoneException("the guest ended: " + end);
        }
      }
      if (take("STOP").isPresent()) {
        return true;
      }
      while (indexOfNewline() < 0) {
        if (interrupted.getAsBoolean()) {
          return false;
        }
        long waitNs = Math.min(POLL_NS, deadline - System.nanoTime());
        if (waitNs <= 0) {
          throw new IOException(
              socket + ": the guest did not halt within " + timeout.toSeconds() + " s");
        }
        receive(waitNs);
      }
      sort(nextMessage(deadline, "a halt"));
    }
  }

  boolean running() throws IOException {
    return execute("query-status").path("running").asBoolean();
  }

  private OptionalLong eventAfterReply(String name) throws IOException {
    OptionalLong timestamp = take(name);
    if (timestamp.isEmpty()) {
      // QEMU sends in order: an event that is not here after another round trip never comes.
      execute("query-status");
      timestamp = take(name);
    }
    return timestamp;
  }

  private OptionalLong take(String name) {
    OptionalLong first =
        events.stream()
            .filter(event -> event.name.equals(name))
            .mapToLong(Event::timestampUs)
            .findFirst();
    first.ifPresent(at -> events.remove(new Event(name, at)));
    return first;
  }

  private void forget(String name) {
    events.removeIf(event -> event.name.equals(name));
  }

  private void sort(JsonNode message) throws IOException {
    if (message.has("event")) {
      JsonNode time = message.path("timestamp");
      events.add(
          new Event(
              message.path("event").asText(),
              time.path("seconds").asLong() * 1_000_000 + time.path("microseconds").asLong()));
      if (events.size() > MAX_EVENTS) {
        events.removeFirst();
      }
    } else if (message.has("id")) {
      replies.put(message.path("id").asLong(), message);
    } else {
      throw new IOException(socket + ": neither reply nor event: " + shorten(message));
    }
  }

  private JsonNode nextMessage(long deadlineNs, String awaited) throws IOException {
    while (true) {
      int newline = indexOfNewline();
      if (newline < 0) {
        long waitNs = deadlineNs - System.nanoTime();
        if (waitNs <= 0) {
          throw new IOException(
              socket + ": QEMU sent not " + awaited + " within " + timeoutNs / 1_000_000 + " ms");
        }
        receive(waitNs);
        continue;
      }
      byte[] line = new byte[newline + 1];
      received.flip().get(line);
      received.compact();
      JsonNode message = parse(line);
      if (!message.isMissingNode()) {
        return message;
      }
    }
  }

  private JsonNode parse(byte[] line) throws IOException {
    String text = new String(line, StandardCharsets.UTF_8);
    try {
      JsonNode message = JSON.readTree(line);
      if (message.isObject() || message.isMissingNode()) {
        return message;
      }
    } catch (JsonProcessingException e) {
      throw new IOException(socket + ": not JSON, so not QEMU's monitor: " + shorten(text), e);
    }
    throw new IOException(socket + ": not a QEMU message: " + shorten(text));
  }

  private int indexOfNewline() {
    for (int i = 0; i < received.position(); i++) {
      if (received.get(i) == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Takes what comes within a time, which may be nothing. */
  private void receive(long waitNs) throws IOException {
    if (!received.hasRemaining()) {
      if (received.capacity() >= MAX_LINE_BYTES) {
        throw new IOException(socket + ": a message of more than " + MAX_LINE_BYTES + " bytes");
      }
      received = ByteBuffer.allocate(received.capacity() * 2).put(received.flip());
    }
    selector.select(Math.max(1, waitNs / 1_000_000));
    selector.selectedKeys().clear();
    int read;
    try {
      read = channel.read(received);
    } catch (IOException e) {
      read = -1;
    }
    if (read < 0) {
      throw new GuestGoneException(socket + ": QEMU closed its monitor");
    }
  }

  private static String shorten(Object message) {
    String text = message.toString().strip();
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
