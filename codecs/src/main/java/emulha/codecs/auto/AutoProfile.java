package emulha.codecs.auto;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What stages cost on pages of each class, learnt from recordings: with it, {@code auto} chooses a
 * page's stage by its class, and tries none. It holds bytes and CPU time apart, so one profile
 * serves every link. As a file it is JSON; {@code docs/METHODS.md} gives its format. Not
 * thread-safe while it learns.
 */
public final class AutoProfile {
  /** What the key {@code format} says. */
  static final String FORMAT = "emulha auto profile";

  static final int VERSION = 1;

  private static final int MAX_FILE_BYTES = 1 << 20;

  /** What one can choose from. */
  static final int MAX_STAGES = 100;

  /** No sum comes near: eight exabytes, or 292 years. */
  private static final long MOST = Long.MAX_VALUE / AutoClasses.COUNT;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final List<String> stages;
  private final long[] pages = new long[AutoClasses.COUNT];
  private final long[][] bytes;
  private final long[][] cpuNanos;

  /**
   * A profile that has seen nothing.
   *
   * @param stages as they stand in a method, 1 to 100, each once
   */
  public AutoProfile(List<String> stages) {
    if (stages.isEmpty()
        || stages.size() > MAX_STAGES
        || new HashSet<>(stages).size() < stages.size()) {
      throw new IllegalArgumentException(
          "a profile is of 1 to %d stages, each once; got %s".formatted(MAX_STAGES, stages));
    }
    this.stages = List.copyOf(stages);
    bytes = new long[AutoClasses.COUNT][stages.size()];
    cpuNanos = new long[AutoClasses.COUNT][stages.size()];
  }

  /** The stages, in the order of the costs. */
  public List<String> stages() {
    return stages;
  }

  /** Pages that were seen. */
  public long pages() {
    return Arrays.stream(pages).sum();
  }

  /** Adds a page: of each stage, the bytes and the CPU time in nanoseconds that it took. */
  void add(int pageClass, long[] pageBytes, long[] pageNanos) {
    pages[pageClass]++;
    for (int i = 0; i < stages.size(); i++) {
      bytes[pageClass][i] += pageBytes[i];
      cpuNanos[pageClass][i] += pageNanos[i];
    }
  }

  /**
   * Adds all that another profile of the same stages has seen.
   *
   * @throws IllegalArgumentException if its stages are others
   */
  public void add(AutoProfile other) {
    if (!other.stages.equals(stages)) {
      throw new IllegalArgumentException(
          "a profile of %s cannot take in one of %s".formatted(stages, other.stages));
    }
    for (int c = 0; c < pages.length; c++) {
      pages[c] += other.pages[c];
      for (int i = 0; i < stages.size(); i++) {
        bytes[c][i] += other.bytes[c][i];
        cpuNanos[c][i] += other.cpuNanos[c][i];
      }
    }
  }

  /** Time on a link and CPU time of all pages seen, each by the stage chosen for its class. */
  public double nanos(long bitsPerSecond) {
    double linkNanosPerByte = 8e9 / bitsPerSecond;
    int[] choices = choices(numbers(stages), linkNanosPerByte);
    double sum = 0;
    for (int c = 0; c < pages.length; c++) {
      sum += bytes[c][choices[c]] * linkNanosPerByte + cpuNanos[c][choices[c]];
    }
    return sum;
  }

  /**
   * Of each class, the stage to choose over a link: the one of the least mean time for bytes and
   * CPU. A class that was not seen has that of all pages together.
   *
   * @param among numbers of stages to choose from
   * @param linkNanosPerByte time that a byte takes on the link
   * @return numbers in {@code among}
   */
  int[] choices(int[] among, double linkNanosPerByte) {
    int[] choices = new int[AutoClasses.COUNT];
    for (int c = 0; c < choices.length; c++) {
      double least = Double.MAX_VALUE;
      for (int i = 0; i < among.length; i++) {
        double nanos = 0;
        for (int from = 0; from < choices.length; from++) {
          if (pages[c] == 0 || from == c) {
            nanos += bytes[from][among[i]] * linkNanosPerByte + cpuNanos[from][among[i]];
          }
        }
        if (nanos < least) {
          least = nanos;
          choices[c] = i;
        }
      }
    }
    return choices;
  }

  /**
   * Numbers of stages in this profile.
   *
   * @throws IllegalArgumentException if one is not here; the message lists those that are
   */
  int[] numbers(List<String> wanted) {
    return wanted.stream()
        .mapToInt(
            stage -> {
              int number = stages.indexOf(stage);
              if (number < 0) {
                throw new IllegalArgumentException(
                    "method 'auto': the profile has not learnt '%s'; it knows %s"
                        .formatted(stage, String.join(", ", stages)));
              }
              return number;
            })
        .toArray();
  }

  /**
   * Reads a profile.
   *
   * @throws IOException if it cannot be read, is damaged, or of another version; in one line
   */
  public static AutoProfile read(Path file) throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(MAX_FILE_BYTES + 1);
    }
    if (content.length > MAX_FILE_BYTES) {
      throw new IOException(
          "%s: no profile of auto is larger than %d bytes".formatted(file, MAX_FILE_BYTES));
    }
    try {
      return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (IllegalArgumentException | JsonProcessingException | CharacterCodingException e) {
      throw new IOException(
          "%s: no profile of auto: %s; emulha learn writes one"
              .formatted(file, reason(e).replaceAll("\\s+", " ")),
          e);
    }
  }

  private static String reason(Exception e) {
    return switch (e) {
      case CharacterCodingException _ -> "it is no text in UTF-8";
      case JsonProcessingException json when json.getLocation() != null ->
          json.getOriginalMessage() + " at byte " + json.getLocation().getCharOffset();
      case JsonProcessingException json -> json.getOriginalMessage();
      default -> String.valueOf(e.getMessage());
    };
  }

  static AutoProfile parse(String text) throws JsonProcessingException {
    JsonNode root = JSON.readTree(text);
    require(root.isObject(), "it is no object");
    require(root.path("format").asText().equals(FORMAT), "its 'format' is not '" + FORMAT + "'");
    require(
        root.path("version").isInt() && root.path("version").asInt() == VERSION,
        "its 'version' is %s, this program reads %d".formatted(root.path("version"), VERSION));
    requireKeys(root, Set.of("format", "version", "stages", "classes"));
    List<String> stages = new ArrayList<>();
    for (JsonNode stage : root.path("stages")) {
      require(stage.isTextual(), "a stage is no text");
      stages.add(stage.asText());
    }
    var profile = new AutoProfile(stages);
    JsonNode classes = root.path("classes");
    require(classes.isObject(), "'classes' is no object");
    for (Map.Entry<String, JsonNode> entry : classes.properties()) {
      String name = entry.getKey();
      int number = AutoClasses.number(name);
      require(number >= 0, "there is no class '" + name + "'");
      JsonNode costs = entry.getValue();
      requireKeys(costs, Set.of("pages", "bytes", "cpu_ns"));
      profile.pages[number] = count(costs.path("pages"), name);
      require(profile.pages[number] > 0, "class '" + name + "' has no pages");
      fill(profile.bytes[number], costs.path("bytes"), name);
      fill(profile.cpuNanos[number], costs.path("cpu_ns"), name);
    }
    return profile;
  }

  private static void fill(long[] target, JsonNode values, String name) {
    require(
        values.isArray() && values.size() == target.length,
        "class '" + name + "' does not have a figure for each stage");
    for (int i = 0; i < target.length; i++) {
      target[i] = count(values.path(i), name);
    }
  }

  private static long count(JsonNode node, String name) {
    require(
        node.isIntegralNumber()
            && node.canConvertToLong()
            && node.asLong() >= 0
            && node.asLong() <= MOST,
        "class '%s' has the figure %s".formatted(name, node));
    return node.asLong();
  }

  private static void requireKeys(JsonNode node, Set<String> known) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      require(known.contains(entry.getKey()), "unknown key '" + entry.getKey() + "'");
    }
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** The file's content. */
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT).put("version", VERSION);
    var names = root.putArray("stages");
    stages.forEach(names::add);
    ObjectNode classes = root.putObject("classes");
    for (int c = 0; c < pages.length; c++) {
      if (pages[c] > 0) {
        ObjectNode costs = classes.putObject(AutoClasses.name(c)).put("pages", pages[c]);
        var sent = costs.putArray("bytes");
        Arrays.stream(bytes[c]).forEach(sent::add);
        var spent = costs.putArray("cpu_ns");
        Arrays.stream(cpuNanos[c]).forEach(spent::add);
      }
    }
    return root.toPrettyString() + "\n";
  }
}
