package emulha.traces;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.files.DamagedFileException;
import emulha.memory.PageSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The file {@code series.json}: description of the series and digests of its files, base first,
 * then the checkpoints in order. Beside it, {@code series.json.sha256} holds its own digest, as
 * {@code sha256sum} writes it.
 */
record SeriesJson(SeriesDescription description, List<FileDigest> files) {
  static final String NAME = "series.json";
  static final String DIGEST_NAME = "series.json.sha256";

  /** Bound of both files, so that a foreign file is refused before it is read. */
  static final int MAX_BYTES = 1 << 26;

  /** Most JSON tokens: eight for each checkpoint, and so no more memory than those take. */
  private static final long MAX_TOKENS = 4_000_000;

  private static final int MAX_SHOWN = 100;

  private static final String FORMAT = "emulha series";
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxTokenCount(MAX_TOKENS).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  SeriesJson {
    files = List.copyOf(files);
    for (int i = 0; i < files.size(); i++) {
      String expected = i == 0 ? PageFile.BASE_NAME : PageFile.checkpointName(i - 1);
      if (!files.get(i).name().equals(expected)) {
        throw new IllegalArgumentException(
            "expected file " + expected + ", found " + files.get(i).name());
      }
    }
    if (files.isEmpty()) {
      throw new IllegalArgumentException("expected file " + PageFile.BASE_NAME + ", found none");
    }
  }

  int checkpoints() {
    return files.size() - 1;
  }

  /** What is known of the series at a path. */
  SeriesInfo info(Path path) {
    return new SeriesInfo(SeriesInfo.nameOf(path), description, checkpoints());
  }

  byte[] format() throws IOException {
    var root = MAPPER.createObjectNode();
    root.put("format", FORMAT);
    root.put("version", PageFile.VERSION);
    root.put("vm", description.vm());
    root.put("workload", description.workload());
    root.put("interval_ns", description.intervalNs());
    if (description.intervalNs() % Interval.NS_PER_MS == 0) {
      root.put("interval_ms", description.intervalNs() / Interval.NS_PER_MS);
    }
    root.put("clock", description.clock().kind().word());
    if (description.clock().kind() == Clock.Kind.GUEST) {
      root.put("instructions_per_second", description.clock().instructionsPerSecond());
    }
    root.put("page_size", description.pageSize().bytes());
    root.put("ram_bytes", description.memory().bytes());
    root.put("checkpoints", checkpoints());
    root.put("base", description.baseFull() ? "full" : "touched");
    root.put("base_pages", description.memory().basePages());
    root.put("dirty_by", description.origin().dirtyBy());
    root.put("origin", description.origin().synthetic() ? "synthetic" : "recording");
    var calibration = root.putObject("calibration");
    description.origin().calibration().forEach(calibration::put);
    var environment = root.putObject("environment");
    description.environment().forEach(environment::put);
    var list = root.putArray("files");
    for (FileDigest file : files) {
      list.addObject()
          .put("name", file.name())
          .put("bytes", file.bytes())
          .put("sha256", file.sha256());
    }
    return (MAPPER.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Writes both files. */
  static void write(Path directory, byte[] json) throws IOException {
    Files.write(directory.resolve(NAME), json);
    Files.writeString(directory.resolve(DIGEST_NAME), formatDigest(json));
  }

  /** Content of the file with the digest of {@code json}. */
  static String formatDigest(byte[] json) {
    var sha256 = FileDigest.newSha256();
    sha256.update(json);
    return FileDigest.of(NAME, json.length, sha256).sha256() + "  " + NAME + "\n";
  }

  /**
   * Parses and checks the description.
   *
   * @param json content of {@code series.json}
   * @param digest content of {@code series.json.sha256}
   * @param series the series as the user knows it, for errors
   */
  static SeriesJson parse(byte[] json, byte[] digest, String series) throws IOException {
    String file = series + "/" + NAME;
    String expected = formatDigest(json);
    if (!expected.equals(new String(digest, StandardCharsets.ISO_8859_1))) {
      throw new DamagedFileException(
          file, 0, "its SHA-256 differs from the one in " + DIGEST_NAME + "; get the series anew");
    }
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
      throw new DamagedFileException(file, Math.max(0, at), "not JSON: " + e.getOriginalMessage());
    }
    try {
      return parse(root);
    } catch (IllegalArgumentException e) {
      throw new DamagedFileException(file, 0, String.valueOf(e.getMessage()));
    }
  }

  private static SeriesJson parse(JsonNode root) {
    expect("format", FORMAT, text(root, "format"));
    expect("version", PageFile.VERSION, number(root, "version"));
    var description =
        new SeriesDescription(
            text(root, "vm"),
            text(root, "workload"),
            intervalNs(root),
            new SeriesDescription.Memory(
                number(root, "ram_bytes"), number(root, "base_pages"), pageSize(root)),
            new SeriesDescription.Origin(
                text(root, "dirty_by"),
                choice(root, "origin", "recording", "synthetic"),
                texts(root, "calibration"),
                texts(root, "environment")),
            clock(root));
    expect("base", description.baseFull(), !choice(root, "base", "full", "touched"));
    JsonNode list = field(root, "files");
    var files = new ArrayList<FileDigest>();
    for (JsonNode file : list) {
      files.add(new FileDigest(text(file, "name"), number(file, "bytes"), text(file, "sha256")));
    }
    var parsed = new SeriesJson(description, files);
    expect("checkpoints", (long) parsed.checkpoints(), number(root, "checkpoints"));
    return parsed;
  }

  private static PageSize pageSize(JsonNode root) {
    long bytes = number(root, "page_size");
    if (!PageSize.isValid(bytes)) {
      throw new IllegalArgumentException(
          "expected " + PageSize.VALID + " in \"page_size\", found " + bytes);
    }
    return PageSize.of(bytes);
  }

  /** The host's unless it says otherwise: series made before there was a choice say nothing. */
  private static Clock clock(JsonNode root) {
    if (!root.has("clock")) {
      return Clock.HOST;
    }
    return switch (Clock.Kind.of(text(root, "clock"))) {
      case HOST -> Clock.HOST;
      case GUEST -> Clock.guest(number(root, "instructions_per_second"));
    };
  }

  /** From interval_ns, from interval_ms, or from both, which then have to agree. */
  private static long intervalNs(JsonNode root) {
    if (!root.has("interval_ms")) {
      return number(root, "interval_ns");
    }
    long milliseconds = number(root, "interval_ms");
    long nanoseconds;
    try {
      nanoseconds = Interval.ofMilliseconds(milliseconds);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("impossible \"interval_ms\": " + milliseconds, e);
    }
    if (root.has("interval_ns")) {
      expect("interval_ns", nanoseconds, number(root, "interval_ns"));
    }
    return nanoseconds;
  }

  private static JsonNode field(JsonNode parent, String name) {
    JsonNode value = parent.get(name);
    if (value == null) {
      throw new IllegalArgumentException("field \"" + name + "\" is missing");
    }
    return value;
  }

  private static String text(JsonNode parent, String name) {
    JsonNode value = field(parent, name);
    if (!value.isTextual()) {
      throw new IllegalArgumentException(
          "expected text in \"" + name + "\", found " + shown(value));
    }
    return value.textValue();
  }

  private static long number(JsonNode parent, String name) {
    JsonNode value = field(parent, name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException(
          "expected an integer in \"" + name + "\", found " + shown(value));
    }
    return value.longValue();
  }

  /** Whether the field holds the second of its two possible values. */
  private static boolean choice(JsonNode parent, String name, String first, String second) {
    String value = text(parent, name);
    if (!value.equals(first) && !value.equals(second)) {
      throw new IllegalArgumentException(
          "expected \"%s\" or \"%s\" in \"%s\", found %s"
              .formatted(first, second, name, shown(value)));
    }
    return value.equals(second);
  }

  private static Map<String, String> texts(JsonNode parent, String name) {
    JsonNode object = field(parent, name);
    if (!object.isObject()) {
      throw new IllegalArgumentException(
          "expected an object in \"" + name + "\", found " + shown(object));
    }
    var map = new LinkedHashMap<String, String>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      map.put(entry.getKey(), text(object, entry.getKey()));
    }
    return map;
  }

  /** The begin of what a file holds, which may be of any length. */
  private static String shown(Object value) {
    String text =
        value instanceof JsonNode node && node.isContainerNode()
            ? "%s of %d".formatted(node.isArray() ? "a list" : "an object", node.size())
            : value.toString();
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }

  private static void expect(String name, Object expected, Object found) {
    if (!expected.toString().equals(found.toString())) {
      throw new IllegalArgumentException(
          "expected \"" + name + "\": " + expected + ", found " + shown(found));
    }
  }
}
