package emulha.experiments.plan;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import emulha.codecs.Method;
import emulha.emulharcv.stores.SharedStore;
import emulha.metrics.FlatJson;
import emulha.names.Names;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Warmup;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A grid of points: traces × methods × intervals × link speeds × stores × trials. As JSON, an
 * object of these components in {@code snake_case}; what is left out takes its default, and an
 * unknown key is refused. With {@code every_subset} a file has each set of traces stand for
 * {@linkplain #everySubset all its subsets}.
 *
 * @param traces sets of series, each the VMs protected together; paths as given to the program
 * @param methods the methods, as JSON their descriptions
 * @param intervalsMs checkpointing intervals in milliseconds, each a whole number of nanoseconds,
 *     such as 25 or 16.667; 0, the default, is each recording's own
 * @param linksBitsPerSecond bandwidths that the sender imitates, see {@link Link}, if the network
 *     is not shaped; 0, the default, is the network as it is
 * @param stores where the receiver keeps checkpoints: ram (default), file, criu or criu-naive, each
 *     in a directory of the point's own, or redis://HOST:PORT without a password
 * @param how how each point is replayed
 */
public record SweepPlan(
    List<List<String>> traces,
    List<Method> methods,
    List<BigDecimal> intervalsMs,
    List<Long> linksBitsPerSecond,
    List<SharedStore> stores,
    @JsonUnwrapped How how) {
  /** Name of a plan in the directory of its sweep. */
  public static final String FILE = "sweep.json";

  /**
   * How often each kind of point is replayed, and in which way.
   *
   * @param trials points of each kind, each in JVMs of its own; default 1
   * @param replays counted replays of each point, default 1
   * @param warmup replays before those, not counted: a number, or a time that they take at least,
   *     as {@link Warmup#parse} takes it; default 5s
   * @param pace realtime (default), virtual, cooled or asap
   * @param base send (default) or skip
   * @param reduceOnly whether points run without network and clock, once each; default false
   */
  public record How(
      int trials, int replays, String warmup, Pace pace, Base base, boolean reduceOnly) {}

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .addModule(new FlatJson())
          .addModule(
              new SimpleModule()
                  .addSerializer(Method.class, ToStringSerializer.instance)
                  .addSerializer(SharedStore.class, ToStringSerializer.instance))
          .build();

  /** Their subsets are 2^n - 1. */
  private static final int MOST_SUBSET_TRACES = 4;

  /** What each key takes, in their order. */
  private static final Map<String, String> FORMS = forms();

  private static Map<String, String> forms() {
    var forms = new LinkedHashMap<String, String>();
    forms.put(
        "traces", "lists of series, each the VMs protected together: [[\"a\"], [\"b\", \"c\"]]");
    forms.put("methods", "a list of methods: [\"none\", \"delta:cache=32MiB\"]");
    forms.put("intervals_ms", "a list of milliseconds: [25, 16.667]");
    forms.put("links_bits_per_second", "a list of whole numbers: [100000000]");
    forms.put("stores", "a list of stores: [\"ram\", \"file\"]");
    forms.put("trials", "a whole number, 1 to 999");
    forms.put("replays", "a whole number, 1 to 999");
    forms.put("warmup", "a number of replays or a time: \"3\", \"5s\"");
    forms.put("pace", quoted(Pace.class));
    forms.put("base", quoted(Base.class));
    forms.put("reduce_only", "true or false");
    forms.put("every_subset", "true or false");
    return Collections.unmodifiableMap(forms);
  }

  private static <E extends Enum<E>> String quoted(Class<E> type) {
    return Names.either(
        Arrays.stream(type.getEnumConstants()).map(value -> "\"" + label(value) + "\"").toList());
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** What a file or a command line says of a plan, by the keys of a file; null where left out. */
  public record Keys(
      @Nullable List<List<String>> traces,
      @Nullable List<String> methods,
      @Nullable List<BigDecimal> intervalsMs,
      @Nullable List<Long> linksBitsPerSecond,
      @Nullable List<String> stores,
      @Nullable Boolean everySubset,
      @JsonUnwrapped KeysOfHow how) {}

  /** Those of {@link How}. */
  public record KeysOfHow(
      @Nullable Integer trials,
      @Nullable Integer replays,
      @Nullable String warmup,
      @Nullable String pace,
      @Nullable String base,
      @Nullable Boolean reduceOnly) {}

  public SweepPlan {
    int trials = how.trials();
    int replays = how.replays();
    boolean reduceOnly = how.reduceOnly();
    traces = traces.stream().map(List::copyOf).toList();
    methods = List.copyOf(methods);
    intervalsMs = intervalsMs.stream().map(SweepPlan::exact).toList();
    linksBitsPerSecond = List.copyOf(linksBitsPerSecond);
    stores = List.copyOf(stores);
    require(
        !traces.isEmpty() && traces.stream().noneMatch(List::isEmpty), "traces", "names no trace");
    require(!methods.isEmpty(), "methods", "names no method");
    require(!intervalsMs.isEmpty(), "intervals_ms", "names no interval");
    require(!linksBitsPerSecond.isEmpty(), "links_bits_per_second", "names no link");
    for (long link : linksBitsPerSecond) {
      require(link >= 0, "links_bits_per_second", "has a link of negative speed");
      require(
          link == 0 || !reduceOnly,
          "links_bits_per_second",
          "--reduce-only (reduce_only) uses no network, so it takes no --bandwidth (links_bits_per_second)");
      if (link > 0) {
        understood("links_bits_per_second", "", () -> new Link(link, null));
      }
    }
    require(!stores.isEmpty(), "stores", "names no store");
    require(
        !reduceOnly || stores.stream().allMatch(SharedStore.RAM::equals),
        "stores",
        "--reduce-only (reduce_only) has no receiver, so it takes no --store (stores)");
    require(trials >= 1 && trials < 1000, "trials", "needs 1 to 999 trials, has " + trials);
    require(replays >= 1 && replays < 1000, "replays", "needs 1 to 999 replays, has " + replays);
    understood("warmup", "", () -> Warmup.parse(how.warmup()));
    require(
        !reduceOnly || (trials == 1 && replays == 1),
        trials == 1 ? "replays" : "trials",
        "without network and clock one trial of one replay is all");
  }

  /**
   * The methods of these descriptions.
   *
   * @throws IllegalArgumentException if one is none
   */
  public static List<Method> methods(List<String> specs) {
    return understood("methods", "", () -> specs.stream().map(Method::parse).toList());
  }

  /** The pace or base of this name. */
  private static <E extends Enum<E>> E choice(String key, String name, Class<E> type) {
    List<String> names = new ArrayList<>();
    for (E value : type.getEnumConstants()) {
      names.add(label(value));
      if (names.getLast().equals(name)) {
        return value;
      }
    }
    throw new Problem(key, "%s is %s, not %s".formatted(key, Names.either(names), name), null);
  }

  /** An interval in the one form in which equal ones are equal. */
  private static BigDecimal exact(BigDecimal ms) {
    require(ms.signum() >= 0, "intervals_ms", "has a negative interval");
    BigDecimal stripped = ms.stripTrailingZeros();
    require(
        stripped.scale() <= 6 && stripped.precision() - stripped.scale() <= 12,
        "intervals_ms",
        "an interval takes whole nanoseconds, such as 25 or 16.667, got " + ms.toPlainString());
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  /** What is wrong with the value of a key. */
  private static final class Problem extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final String key;

    Problem(String key, String problem, @Nullable Throwable cause) {
      super("sweep: " + problem, cause);
      this.key = key;
    }
  }

  private static void require(boolean condition, String key, String problem) {
    if (!condition) {
      throw new Problem(key, problem, null);
    }
  }

  /**
   * What is made of a key's value.
   *
   * @param begin of what is said of a value of which nothing can be made
   */
  private static <T> T understood(String key, String begin, Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new Problem(key, begin + e.getMessage(), e);
    }
  }

  /**
   * Reads a plan. Paths of series that are not absolute are taken from the plan's directory.
   *
   * @throws IOException if the file cannot be read or is not a plan; the message says in which
   *     line, and which key
   */
  public static SweepPlan read(Path file) throws IOException {
    Path directory = file.toAbsolutePath().normalize().getParent();
    return read(file, directory == null ? file.toAbsolutePath() : directory);
  }

  /** Reads a plan with paths from a directory on. */
  public static SweepPlan read(Path file, Path directory) throws IOException {
    byte[] text = Files.readAllBytes(file);
    Keys keys;
    try {
      keys = JSON.readValue(text, Keys.class);
    } catch (JsonProcessingException e) {
      throw new IOException(complaint(file, text, e), e);
    }
    try {
      return of(keys).from(directory);
    } catch (Problem e) {
      throw new IOException(
          "%s:%s %s: %s".formatted(file, line(text, e.key), e.key, e.getMessage()), e);
    }
  }

  private static String complaint(Path file, byte[] text, JsonProcessingException problem) {
    var at = problem.getLocation();
    String where = at == null ? "" : " line " + at.getLineNr() + ":";
    if (problem.getCause() instanceof StreamReadException
        || !(problem instanceof JsonMappingException mapping)) {
      return "%s:%s not JSON: %s"
          .formatted(file, where, problem.getOriginalMessage().replaceAll("\\s+", " "));
    }
    String key =
        mapping.getPath().stream()
            .map(JsonMappingException.Reference::getFieldName)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse("");
    if (!key.isEmpty()) {
      where = line(text, key);
    }
    String takes = FORMS.get(key);
    if (takes == null) {
      return "%s:%s %s; a sweep is a JSON object with the keys %s"
          .formatted(
              file,
              where,
              key.isEmpty() ? "not a sweep" : "unknown key '" + key + "'",
              String.join(", ", FORMS.keySet()));
    }
    return "%s:%s %s takes %s".formatted(file, where, key, takes);
  }

  private static String line(byte[] text, String key) {
    OptionalLong line = FlatJson.line(text, key);
    return line.isPresent() ? " line " + line.getAsLong() + ":" : "";
  }

  /** The same with every path absolute. */
  public SweepPlan absolute() {
    return from(Path.of("").toAbsolutePath());
  }

  /** The same of other series. */
  public SweepPlan of(List<List<String>> otherTraces) {
    return new SweepPlan(otherTraces, methods, intervalsMs, linksBitsPerSecond, stores, how);
  }

  /** Whether points run without network and clock. */
  public boolean reduceOnly() {
    return how.reduceOnly();
  }

  private SweepPlan from(Path directory) {
    return of(
        traces.stream()
            .map(
                set ->
                    set.stream()
                        .map(trace -> directory.resolve(trace).normalize().toString())
                        .toList())
            .toList());
  }

  /**
   * Refuses a plan whose series are not all there, before any work.
   *
   * @throws IOException names all that are missing
   */
  public void requireTraces() throws IOException {
    List<String> missing =
        traces.stream()
            .flatMap(List::stream)
            .distinct()
            .filter(trace -> !Files.exists(Path.of(trace)))
            .toList();
    if (!missing.isEmpty()) {
      throw new IOException("no such series: " + String.join(", ", missing));
    }
  }

  /** The plan in a JSON object, with the defaults of a file. */
  public static SweepPlan of(JsonNode json) throws JsonProcessingException {
    return of(JSON.treeToValue(json, Keys.class));
  }

  /**
   * The plan, with the defaults of a file.
   *
   * @throws IllegalArgumentException if it is none; says what is wrong with which value
   */
  public static SweepPlan of(Keys keys) {
    List<List<String>> traces = list("traces", keys.traces(), List.of());
    traces.forEach(set -> list("traces", set, List.of()));
    List<String> stores = list("stores", keys.stores(), List.of(SharedStore.RAM.text()));
    return new SweepPlan(
        or(keys.everySubset(), false) ? everySubset(traces) : traces,
        methods(list("methods", keys.methods(), List.of())),
        list("intervals_ms", keys.intervalsMs(), List.of(BigDecimal.ZERO)),
        list("links_bits_per_second", keys.linksBitsPerSecond(), List.of(0L)),
        understood(
            "stores", "--store (stores) ", () -> stores.stream().map(SharedStore::parse).toList()),
        new How(
            or(keys.how.trials(), 1),
            or(keys.how.replays(), 1),
            or(keys.how.warmup(), Warmup.DEFAULT),
            choice("pace", or(keys.how.pace(), "realtime"), Pace.class),
            choice("base", or(keys.how.base(), "send"), Base.class),
            or(keys.how.reduceOnly(), false)));
  }

  /**
   * The sets, and every set of some of the series of each, in their order: what it takes to tell
   * how much each VM gains by the company of the others.
   */
  public static List<List<String>> everySubset(List<List<String>> traces) {
    Set<List<String>> all = new LinkedHashSet<>();
    for (List<String> set : traces) {
      require(
          set.size() <= MOST_SUBSET_TRACES,
          "traces",
          "every subset is for up to %d series, here are %d"
              .formatted(MOST_SUBSET_TRACES, set.size()));
      for (int subset = (1 << set.size()) - 1; subset > 0; subset--) {
        List<String> some = new ArrayList<>();
        for (int i = 0; i < set.size(); i++) {
          if ((subset >> i & 1) != 0) {
            some.add(set.get(i));
          }
        }
        all.add(some);
      }
    }
    return List.copyOf(all);
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  /** The values of a key, none of which is null. */
  private static <T> List<T> list(String key, @Nullable List<T> given, List<T> otherwise) {
    List<T> values = or(given, otherwise);
    require(values.stream().allMatch(Objects::nonNull), key, "takes " + FORMS.get(key));
    return values;
  }

  private static void requireOnce(String key, String what, String unit, List<?> values) {
    Set<Object> seen = new HashSet<>();
    for (Object value : values) {
      require(seen.add(value), key, "%s %s%s stands twice".formatted(what, value, unit));
    }
  }

  /** As JSON. */
  public String toJson() throws JsonProcessingException {
    return JSON.writeValueAsString(this) + "\n";
  }

  /**
   * The points in the order in which they run: trial by trial, and in each trial beginning with the
   * next kind of point, so that a drift of the machine falls on no method alone.
   *
   * @throws IllegalArgumentException if something stands twice, or two points would have one name
   */
  public List<Point> points() {
    requireOnce("traces", "the set of series", "", traces);
    requireOnce("methods", "the method", "", methods.stream().map(Method::spec).toList());
    requireOnce("intervals_ms", "the interval of", " ms", intervalsMs);
    requireOnce("links_bits_per_second", "the link of", " bit/s", linksBitsPerSecond);
    requireOnce("stores", "the store", "", stores.stream().map(SharedStore::text).toList());
    List<Point> kinds = new ArrayList<>();
    for (List<String> set : traces) {
      List<Path> paths = set.stream().map(Path::of).toList();
      for (BigDecimal intervalMs : intervalsMs) {
        long intervalNs = intervalMs.movePointRight(6).longValueExact();
        for (long link : linksBitsPerSecond) {
          for (SharedStore store : stores) {
            for (Method method : methods) {
              kinds.add(new Point(paths, method, intervalNs, link, store, 1, how));
            }
          }
        }
      }
    }
    List<Point> points = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (int trial = 1; trial <= how.trials(); trial++) {
      for (int i = 0; i < kinds.size(); i++) {
        Point kind = kinds.get((i + trial - 1) % kinds.size());
        Point point = kind.as(trial);
        require(
            ids.add(point.id()),
            "traces",
            "two points are named " + point.id() + "; rename a series");
        points.add(point);
      }
    }
    return points;
  }
}
