package emulha.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.codecs.Method;
import emulha.replication.Link;
import emulha.replication.Warmup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grid of points: traces × methods × intervals × link speeds × stores × trials. As JSON, an
 * object of these components in {@code snake_case}; what is left out takes its default, and an
 * unknown key is refused. With {@code every_subset} a file has each set of traces stand for
 * {@linkplain #everySubset all its subsets}.
 *
 * @param traces sets of series, each the VMs protected together; paths as given to the program
 * @param methods descriptions of methods
 * @param intervalsMs checkpointing intervals; 0, the default, is each recording's own
 * @param linksBitsPerSecond bandwidths that the sender imitates, see {@link Link}, if the network
 *     is not shaped; 0, the default, is the network as it is
 * @param stores where the receiver keeps checkpoints: ram (default), file, criu or criu-naive, each
 *     in a directory of the point's own, or redis://HOST:PORT
 * @param trials points of each kind, each in JVMs of its own; default 1
 * @param replays counted replays of each point, default 1
 * @param warmup replays before those, not counted: a number, or a time that they take at least, as
 *     {@link Warmup#parse} takes it; default 5s
 * @param pace realtime (default) or asap
 * @param base send (default) or skip
 * @param reduceOnly whether points run without network and clock, once each; default false
 */
public record SweepPlan(
    List<List<String>> traces,
    List<String> methods,
    List<Long> intervalsMs,
    List<Long> linksBitsPerSecond,
    List<String> stores,
    int trials,
    int replays,
    String warmup,
    String pace,
    String base,
    boolean reduceOnly) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /** Their subsets are 2^n - 1. */
  private static final int MOST_SUBSET_TRACES = 4;

  private static final List<String> STORES = List.of(Point.RAM, "file", "criu", "criu-naive");

  /** The keys as they stand in a file; null where left out. */
  private record Keys(
      @Nullable List<List<String>> traces,
      @Nullable List<String> methods,
      @Nullable List<Long> intervalsMs,
      @Nullable List<Long> linksBitsPerSecond,
      @Nullable List<String> stores,
      @Nullable Integer trials,
      @Nullable Integer replays,
      @Nullable String warmup,
      @Nullable String pace,
      @Nullable String base,
      @Nullable Boolean reduceOnly,
      @Nullable Boolean everySubset) {}

  /** Checks the invariants. */
  public SweepPlan {
    traces = traces.stream().map(List::copyOf).toList();
    methods = List.copyOf(methods);
    intervalsMs = List.copyOf(intervalsMs);
    linksBitsPerSecond = List.copyOf(linksBitsPerSecond);
    stores = List.copyOf(stores);
    require(!traces.isEmpty() && traces.stream().noneMatch(List::isEmpty), "names no trace");
    require(!methods.isEmpty(), "names no method");
    methods.forEach(Method::parse);
    require(!intervalsMs.isEmpty(), "names no interval");
    require(intervalsMs.stream().allMatch(ms -> ms >= 0), "has a negative interval");
    require(!linksBitsPerSecond.isEmpty(), "names no link");
    for (long link : linksBitsPerSecond) {
      require(link >= 0, "has a link of negative speed");
      require(
          link == 0 || !reduceOnly,
          "--reduce-only (reduce_only) uses no network, so it takes no --bandwidth (links_bits_per_second)");
      if (link > 0) {
        new Link(link, null);
      }
    }
    require(!stores.isEmpty(), "names no store");
    for (String store : stores) {
      require(
          !store.matches("redis://[^/?#]*:[^/?#]*@.*"),
          "--store (stores) holds a password, which would be kept with the results: set"
              + " EMULHA_REDIS_PASSWORD, or end it with ?password-file=FILE");
      require(
          STORES.contains(store) || store.matches("redis://.+"),
          "--store (stores) is ram, file, criu, criu-naive or redis://HOST:PORT, not " + store);
      require(
          store.equals(Point.RAM) || !reduceOnly,
          "--reduce-only (reduce_only) has no receiver, so it takes no --store (stores)");
    }
    require(trials >= 1 && trials < 1000, "needs 1 to 999 trials, has " + trials);
    require(replays >= 1 && replays < 1000, "needs 1 to 999 replays, has " + replays);
    Warmup.parse(warmup);
    require(List.of("realtime", "asap").contains(pace), "pace is realtime or asap, not " + pace);
    require(List.of("send", "skip").contains(base), "base is send or skip, not " + base);
    require(
        !reduceOnly || (trials == 1 && replays == 1),
        "without network and clock one trial of one replay is all");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("sweep: " + problem);
    }
  }

  /**
   * Reads a plan.
   *
   * @throws IOException if the file cannot be read or is not a plan; the message says where
   */
  public static SweepPlan read(Path file) throws IOException {
    Keys keys;
    try {
      keys = JSON.readValue(Files.readAllBytes(file), Keys.class);
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      String where = at == null ? "" : " line " + at.getLineNr() + ":";
      String path =
          e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()
              ? " at " + mapping.getPath().getLast().getFieldName()
              : "";
      throw new IOException(
          "%s:%s not a sweep%s: %s; its keys: traces, methods, intervals_ms, links_bits_per_second, stores, trials, replays, warmup, pace, base, reduce_only, every_subset"
              .formatted(file, where, path, e.getOriginalMessage().replaceAll("\\s+", " ")),
          e);
    }
    try {
      return of(keys);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** The plan in a JSON object, with the defaults of a file. */
  static SweepPlan of(JsonNode json) throws JsonProcessingException {
    return of(JSON.treeToValue(json, Keys.class));
  }

  private static SweepPlan of(Keys keys) {
    return new SweepPlan(
        or(keys.everySubset(), false)
            ? everySubset(or(keys.traces(), List.of()))
            : or(keys.traces(), List.of()),
        or(keys.methods(), List.of()),
        or(keys.intervalsMs(), List.of(0L)),
        or(keys.linksBitsPerSecond(), List.of(0L)),
        or(keys.stores(), List.of(Point.RAM)),
        or(keys.trials(), 1),
        or(keys.replays(), 1),
        or(keys.warmup(), Warmup.DEFAULT),
        or(keys.pace(), "realtime"),
        or(keys.base(), "send"),
        or(keys.reduceOnly(), false));
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

  /** As JSON. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The points in the order in which they run: trial by trial, and in each trial beginning with the
   * next kind of point, so that a drift of the machine falls on no method alone.
   *
   * @throws IllegalArgumentException if two points would have one name
   */
  public List<Point> points() {
    String kept = reduceOnly ? "none" : pace;
    List<Point> kinds = new ArrayList<>();
    for (List<String> set : traces) {
      List<Path> paths = set.stream().map(Path::of).toList();
      for (long intervalMs : intervalsMs) {
        for (long link : linksBitsPerSecond) {
          for (String store : stores) {
            for (String method : methods) {
              kinds.add(
                  new Point(
                      paths, method, intervalMs, link, store, 1, kept, base, replays, warmup));
            }
          }
        }
      }
    }
    List<Point> points = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (int trial = 1; trial <= trials; trial++) {
      for (int i = 0; i < kinds.size(); i++) {
        Point kind = kinds.get((i + trial - 1) % kinds.size());
        Point point =
            new Point(
                kind.traces(),
                kind.method(),
                kind.intervalMs(),
                kind.linkBitsPerSecond(),
                kind.store(),
                trial,
                kind.pace(),
                kind.base(),
                kind.replays(),
                kind.warmup());
        require(ids.add(point.id()), "two points are named " + point.id() + "; rename a series");
        points.add(point);
      }
    }
    return points;
  }
}
