package emulha.analysis.measures;

import com.fasterxml.jackson.core.JsonProcessingException;
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
  public static final String FILE = "manifest.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What disturbed the runs, as a manifest counts it, and from when on it is to be warned of. */
  enum Disturbance {
    /** CPU time that the hypervisor gave to others, in millionths. */
    STOLEN("stealPpm", 10_000, 1e4, "the hypervisor stole more than 1 % of the CPU", "%"),
    /** Microseconds for which the control group was held to its quota. */
    THROTTLED("throttledUs", 0, 1e3, "the control group was held to its CPU quota", "ms"),
    /** How often cores were slowed down. */
    CORES_THROTTLED("coreThrottles", 0, 1, "cores were slowed down for their temperature", "times"),
    /** Time of the sender's garbage collector, in millionths. */
    COLLECTED("gcPpm", 50_000, 1e4, "the sender's garbage collector took more than 5 %", "%");

    private final String key;

    /** The largest value that is nothing to speak of. */
    final long limit;

    /** Values divided by this are in the unit. */
    final double scale;

    final String what;
    final String unit;

    Disturbance(String key, long limit, double scale, String what, String unit) {
      this.key = key;
      this.limit = limit;
      this.scale = scale;
      this.what = what;
      this.unit = unit;
    }
  }

  /** Beginnings of the JVM's flags that say where things stand, or what it tells of itself. */
  private static final List<String> CHANGING_NOTHING =
      List.of("-Demulha.", "-Djava.io.tmpdir=", "-XX:AOTCache=", "-Xlog:");

  private final JsonNode json;

  private Manifest(JsonNode json) {
    this.json = json;
  }

  public static Manifest read(Path file) throws IOException {
    try {
      return new Manifest(JSON.readTree(Files.readAllBytes(file)));
    } catch (JsonProcessingException e) {
      throw new IOException("%s: not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
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

  /** How much of a disturbance there was; empty where that is not told. */
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
