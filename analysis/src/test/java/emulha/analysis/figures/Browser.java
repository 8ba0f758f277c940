package emulha.analysis.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import emulha.testsupport.Requirements;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A page in headless Chromium, told what to do by the DevTools protocol over loopback. */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LISTENING = "DevTools listening on ";
  private static final long LIMIT_SECONDS = 60;

  private final Process process;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
  private int calls;

  /**
   * Starts it with an empty page.
   *
   * @param profile absent directory for what it keeps
   */
  Browser(Path profile) throws Exception {
    Requirements.programs("chromium");
    process =
        new ProcessBuilder(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    var lines = process.inputReader();
    int port = URI.create(listening(lines)).getPort();
    // It would stop at a full pipe.
    Thread.ofVirtual().start(() -> lines.lines().forEach(line -> {}));
    var client = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();
    var pages =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/json/list".formatted(port))).build();
    String page = "";
    for (JsonNode one : JSON.readTree(client.send(pages, BodyHandlers.ofString()).body())) {
      if (one.path("type").asText().equals("page")) {
        page = one.path("webSocketDebuggerUrl").asText();
      }
    }
    socket = client.newWebSocketBuilder().buildAsync(URI.create(page), new Listener()).get();
    for (String domain : List.of("Page", "Network", "Runtime", "Log")) {
      call(domain + ".enable", Map.of());
    }
  }

  private static String listening(BufferedReader lines) throws IOException {
    var said = new ArrayList<String>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(LISTENING)) {
        return line.substring(LISTENING.length());
      }
      said.add(line);
    }
    throw new IOException("chromium ended: " + said);
  }

  /** Puts messages together and hands them on. */
  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      message.append(text);
      if (last) {
        try {
          received(JSON.readTree(message.toString()));
        } catch (IOException e) {
          complaints.add(e.toString());
        }
        message.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }

  private void received(JsonNode message) {
    if (message.has("id")) {
      CompletableFuture<JsonNode> answer = answers.remove(message.path("id").asInt());
      if (answer != null) {
        answer.complete(message);
      }
      return;
    }
    JsonNode params = message.path("params");
    switch (message.path("method").asText()) {
      case "Network.requestWillBeSent" -> requests.add(params.path("request").path("url").asText());
      case "Runtime.exceptionThrown", "Log.entryAdded" -> complaints.add(params.toString());
      case "Page.loadEventFired" -> loaded.complete(null);
      default -> {}
    }
  }

  private JsonNode call(String method, Map<String, ?> params) throws Exception {
    var answer = new CompletableFuture<JsonNode>();
    int id = ++calls;
    answers.put(id, answer);
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(params));
    var sent = socket.sendText(message.toString(), true);
    assertEquals(socket, sent.get(LIMIT_SECONDS, TimeUnit.SECONDS));
    JsonNode result = answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    assertEquals("", result.path("error").path("message").asText(), method);
    return result.path("result");
  }

  /** Opens a file in a window of some size, and forgets what was asked for before. */
  void open(Path file, int width, int height) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    requests.clear();
    complaints.clear();
    // Not where an earlier page had it: something could be under it.
    point(0, 0);
    loaded = new CompletableFuture<>();
    call("Page.navigate", Map.of("url", file.toUri().toString()));
    loaded.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** The value of an expression in JavaScript. */
  JsonNode value(String expression) throws Exception {
    JsonNode result =
        call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    assertEquals("", result.path("exceptionDetails").toString(), expression);
    return result.path("result").path("value");
  }

  /** The same as text. */
  String text(String expression) throws Exception {
    return value(expression).asText();
  }

  /** Presses keys one after the other, such as {@code Tab} or {@code Enter}. */
  void press(String... keys) throws Exception {
    for (String key : keys) {
      int code =
          switch (key) {
            case "Tab" -> 9;
            case "Enter" -> 13;
            case " " -> 32;
            case "End" -> 35;
            case "Home" -> 36;
            case "ArrowLeft" -> 37;
            case "ArrowUp" -> 38;
            case "ArrowRight" -> 39;
            case "ArrowDown" -> 40;
            default -> throw new IllegalArgumentException(key);
          };
      String typed = key.equals("Enter") ? "\r" : key.equals(" ") ? " " : "";
      call(
          "Input.dispatchKeyEvent",
          Map.of("type", "keyDown", "key", key, "windowsVirtualKeyCode", code, "text", typed));
      call(
          "Input.dispatchKeyEvent",
          Map.of("type", "keyUp", "key", key, "windowsVirtualKeyCode", code));
    }
  }

  /** Moves the mouse, in the window's pixels. */
  void point(double x, double y) throws Exception {
    call("Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", x, "y", y));
  }

  /** What the window shows, as PNG. */
  byte[] picture() throws Exception {
    return bytes("Page.captureScreenshot", Map.of("captureBeyondViewport", false));
  }

  /** The page in print, as PDF. */
  byte[] printed() throws Exception {
    return bytes("Page.printToPDF", Map.of("preferCSSPageSize", true));
  }

  private byte[] bytes(String method, Map<String, ?> params) throws Exception {
    return Base64.getDecoder().decode(call(method, params).path("data").asText());
  }

  /** What was asked for since the page was opened, itself included. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  /** Errors and refusals since the page was opened. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  @Override
  public void close() {
    try {
      socket.sendText("{\"id\": 0, \"method\": \"Browser.close\"}", true).join();
      process.onExit().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    } finally {
      process.destroyForcibly();
      socket.abort();
    }
  }
}
