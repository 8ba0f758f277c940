package emulha.analysis.measures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a {@code manifest.json} says of the runs beside it. Immutable. */
public final class Manifest {
  /** Its name. */
  public static final String FILE = "manifest.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What disturbed the runs, as a manifest counts it. */
  enum Disturbance {
    /** CPU time that the hypervisor gave to others, in millionths. */
    STOLEN("stealPpm"),
    /** Microseconds for which the control group was held to its quota. */
    THROTTLED("throttledUs"),
    /** How often cores were slowed down. */
    CORES_THROTTLED("coreThrottles"),
    /** Time of the sender's garbage collector, in millionths. */
    COLLECTED("gcPpm");

    private final String key;

    Disturbance(String key) {
      this.key = key;
    }
  }

  /** Beginnings of the JVM's flags that say where things stand, or what it tells of itself. */
  private static final List<String> CHANGING_NOTHING =
      List.of("-Demulha.", "-Djava.io.tmpdir=", "-XX:AOTCache=", "-Xlog:");

  private final JsonNode json;

  private Manifest(JsonNode json) {
    this.json = json;
  }

  /** Reads one. */
  public static Manifest read(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  /** From its text. */
  public static Manifest parse(String text) throws IOException {
    return new Manifest(JSON.readTree(text));
  }

  /** What can change every number, of a file; empty without it. */
  static List<String> conditions(Path file) throws IOException {
    return Files.isRegularFile(file) ? read(file).conditions() : List.of();
  }

  private List<String> conditions() {
    String commit = text("gitCommit");
    return Stream.of(
            commit.substring(0, Math.min(10, commit.length()))
                + (environment().path("gitEdited").asBoolean() ? " edited" : ""),
            text("jdk"),
            joined(environment().path("jvmFlags")),
            aotCache(),
            text("cpu"),
            text("processors"),
            text("cpuGovernor"),
            spin())
        .filter(text -> !text.isEmpty() && !text.equals("null"))
        .toList();
  }

  /** Whether the JVM began with what an earlier one had learnt; empty if not. */
  private String aotCache() {
    String cache = text("aotCache");
    return cache.equals("used") ? "ahead-of-time cache" : "";
  }

  /** What each end did before it blocked; empty if both blocked at once. */
  private String spin() {
    JsonNode spin = json.path("spin");
    return spin.isObject()
        ? "spinning %d ns at the sender, %d ns at the receiver"
            .formatted(spin.path("senderNs").asLong(), spin.path("receiverNs").asLong())
        : "";
  }

  /** Without where things stand here and who started them: that changes no number. */
  private static String joined(JsonNode values) {
    return values
        .valueStream()
        .map(JsonNode::asText)
        .filter(flag -> CHANGING_NOTHING.stream().noneMatch(flag::startsWith))
        .collect(Collectors.joining(" "));
  }

  private JsonNode environment() {
    return json.path("environment");
  }

  private String text(String key) {
    return environment().path(key).asText("");
  }

  /** All that it says of the machine and the program, by name, in its order. */
  public Map<String, String> onEnvironment() {
    Map<String, String> all = new LinkedHashMap<>();
    environment()
        .properties()
        .forEach(
            field -> {
              JsonNode value = field.getValue();
              all.put(field.getKey(), value.isArray() ? joined(value) : value.asText());
            });
    return all;
  }

  /** How much of a disturbance there was; empty if it was not looked for. */
  OptionalLong disturbance(Disturbance kind) {
    JsonNode value = json.path("disturbances").path(kind.key);
    return value.isNumber() ? OptionalLong.of(value.asLong()) : OptionalLong.empty();
  }

  /** Whether a command of this name made it. */
  public boolean isOf(String command) {
    return json.path("command").path(1).asText().equals(command);
  }

  /**
   * What it says under a key, as a record; empty if it says nothing there.
   *
   * @throws IOException if it says something else
   */
  public <R extends Record> Optional<R> detail(String key, Class<R> type) throws IOException {
    return json.has(key) ? Optional.of(JSON.treeToValue(json.get(key), type)) : Optional.empty();
  }
}
