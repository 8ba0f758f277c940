package emulha.experiments.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SweepPlanTest {
  @TempDir Path directory;

  private SweepPlan read(String json) throws IOException {
    return SweepPlan.read(Files.writeString(directory.resolve("sweep.json"), json));
  }

  /**
   * Each trial must run every kind of point once and begin with another one, or a machine that gets
   * warm would favour the methods that stand first.
   */
  @Test
  void trialsAreInterleavedAndRotated() throws IOException {
    SweepPlan plan =
        read(
            """
            {"traces": [["a"]], "methods": ["none", "gzip", "delta"], "trials": 3}
            """);
    List<String> order = plan.points().stream().map(p -> p.method().spec() + p.trial()).toList();
    assertEquals(
        List.of("none1", "gzip1", "delta1", "gzip2", "delta2", "none2", "delta3", "none3", "gzip3"),
        order);
  }

  @Test
  void theGridIsThatOfAllDimensions() throws IOException {
    SweepPlan plan =
        read(
            """
            {"traces": [["x/a"], ["x/a", "x/b.tar.zst"]], "methods": ["none", "gzip:level=1"],
             "intervals_ms": [0, 100, 200], "trials": 2}
            """);
    List<Point> points = plan.points();
    assertEquals(2 * 2 * 3 * 2, points.size());
    assertEquals(24, new HashSet<>(points.stream().map(Point::id).toList()).size());
    assertEquals("a_none_own_realtime-send_t001", points.getFirst().id());
    assertTrue(
        points.stream().anyMatch(p -> p.id().equals("a+b_gzip-level=1_200ms_realtime-send_t002")));
  }

  /** The names are files' and run_ids: two speeds of one name would be one result. */
  @Test
  void linkSpeedsAreADimension() throws IOException {
    SweepPlan plan =
        read(
            """
            {"traces": [["a"]], "methods": ["none"],
             "links_bits_per_second": [0, 100000000, 2500000000, 1000000000000, 1500001]}
            """);
    assertEquals(
        List.of(
            "a_none_own_realtime-send_t001",
            "a_none_own_100mbit_realtime-send_t001",
            "a_none_own_2500mbit_realtime-send_t001",
            "a_none_own_1000gbit_realtime-send_t001",
            "a_none_own_1500.001kbit_realtime-send_t001"),
        plan.points().stream().map(Point::id).toList());
    assertEquals(plan, read(plan.toJson()));
  }

  /** A store that the receiver did not get would be measured as its RAM. */
  @Test
  void storesAreADimension() throws IOException {
    SweepPlan plan =
        read(
            """
            {"traces": [["a"]], "methods": ["none"],
             "stores": ["ram", "criu-naive", "redis://127.0.0.1:7000"]}
            """);
    List<Point> points = plan.points();
    assertEquals(
        List.of(
            "a_none_own_realtime-send_t001",
            "a_none_own_criu-naive_realtime-send_t001",
            "a_none_own_redis-127.0.0.1-7000_realtime-send_t001"),
        points.stream().map(Point::id).toList());
    assertEquals(
        List.of(
            List.of(),
            List.of("--store", "criu-naive:/place"),
            // Keys of its own: points that shared keys would each refuse what another left.
            List.of("--store", "redis://127.0.0.1:7000?prefix=emulha-" + points.get(2).id())),
        points.stream().map(point -> point.receive("/place")).toList());
    assertEquals(plan, read(plan.toJson()));
  }

  @Test
  void withoutANetworkThereIsNoLinkSpeed() {
    var problem =
        assertThrows(
            IOException.class,
            () ->
                read(
                    """
                    {"traces": [["a"]], "methods": ["none"], "reduce_only": true,
                     "links_bits_per_second": [1000000000]}
                    """));
    assertTrue(problem.getMessage().contains("--reduce-only"), problem.getMessage());
    assertTrue(problem.getMessage().contains("links_bits_per_second"), problem.getMessage());
  }

  /** A mistyped key that is ignored would run another experiment than the one written down. */
  @Test
  void unknownKeysAreRefusedWithTheKnownOnes() {
    var problem =
        assertThrows(
            IOException.class,
            () -> read("{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"trails\": 5}"));
    assertTrue(problem.getMessage().contains("trails"), problem.getMessage());
    assertTrue(problem.getMessage().contains("warmup"), problem.getMessage());
    assertFalse(problem.getMessage().contains("\n"), problem.getMessage());
  }

  @Test
  void valuesAreChecked() {
    for (String json :
        List.of(
            "{}",
            "[]",
            "{\"traces\": [[]], \"methods\": [\"none\"]}",
            "{\"traces\": [null], \"methods\": [\"none\"]}",
            "{\"traces\": [[null]], \"methods\": [\"none\"]}",
            "{\"traces\": [[\"a\"]], \"methods\": [null]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"intervals_ms\": [null]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"links_bits_per_second\": [null]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"stores\": [null]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"gzap\"]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"trials\": 0}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"pace\": \"slow\"}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"]} trailing",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"links_bits_per_second\": []}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"links_bits_per_second\": [999]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"links_bits_per_second\": [-1]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"stores\": [\"disk\"]}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"stores\": [\"criu\"], \"reduce_only\": true}",
            "{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"intervals_ms\": [-1]}")) {
      var problem = assertThrows(IOException.class, () -> read(json), json);
      assertTrue(problem.getMessage().contains("sweep.json"), problem.getMessage());
    }
  }

  // A typing mistake found by hand in a plan of a hundred lines costs an evening; the name of a
  // class says nothing to who wrote the plan.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "trails": 3                        | unknown key 'trails'; a sweep is a JSON object with the keys traces, methods,
          "trials": "many"                   | trials takes a whole number, 1 to 999
          "trials": 2.5                      | trials takes a whole number, 1 to 999
          "trials": 1000                     | trials: sweep: needs 1 to 999 trials, has 1000
          "intervals_ms": 25                 | intervals_ms takes a list of milliseconds: [25, 16.667]
          "intervals_ms": ["soon"]           | intervals_ms takes a list of milliseconds
          "intervals_ms": [0.0000001]        | intervals_ms: sweep: an interval takes whole nanoseconds
          "links_bits_per_second": ["fast"]  | links_bits_per_second takes a list of whole numbers
          "reduce_only": "maybe"             | reduce_only takes true or false
          "pace": "slow"                     | pace: sweep: pace is realtime, virtual, cooled or asap, not slow
          "stores": ["disk"]                 | stores: sweep: --store (stores) is ram, file,
          "warmup": "soon"                   | warmup: sweep: warm-up is a number
          """)
  void errorsNameTheLineAndTheKey(String entry, String expected) {
    String json =
        """
        {
          "traces": [["a"]],
          "methods": ["none"],
          %s
        }
        """
            .formatted(entry);
    String message = assertThrows(IOException.class, () -> read(json)).getMessage();
    assertTrue(message.contains("sweep.json: line 4: " + expected), message);
    assertFalse(message.contains("java") || message.contains("jackson"), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void errorsOfSyntaxAndMethodsHaveLines() {
    String message =
        assertThrows(
                IOException.class,
                () -> read("{\n \"traces\": [[\"a\"]],\n \"methods\": [\"none\" \"gzip\"]\n}"))
            .getMessage();
    assertTrue(message.contains("sweep.json: line 3: not JSON"), message);
    message =
        assertThrows(
                IOException.class,
                () -> read("{\"traces\": [[\"a\"]],\n\n \"methods\":\n [\"gzap\"]}"))
            .getMessage();
    assertTrue(
        message.contains("sweep.json: line 3: methods: sweep: unknown method 'gzap'"), message);
  }

  // Rounded to milliseconds, a sweep at 60 Hz would be one at 17 ms.
  @Test
  void intervalsAreExactToTheNanosecond() throws IOException {
    SweepPlan plan =
        read(
            """
            {"traces": [["a"]], "methods": ["none"], "intervals_ms": [25.0, 16.666667, 0.5, 1e3]}
            """);
    List<Point> points = plan.points();
    assertEquals(
        List.of(25_000_000L, 16_666_667L, 500_000L, 1_000_000_000L),
        points.stream().map(Point::intervalNs).toList());
    assertEquals(
        List.of(
            "a_none_25ms_realtime-send_t001",
            "a_none_16.666667ms_realtime-send_t001",
            "a_none_0.5ms_realtime-send_t001",
            "a_none_1000ms_realtime-send_t001"),
        points.stream().map(Point::id).toList());
    assertTrue(points.get(1).replay().contains("16.666667ms"), points.get(1).replay()::toString);
    assertEquals(plan, read(plan.toJson()));
    assertTrue(plan.toJson().contains("1000"), plan.toJson());
  }

  // Taken from where the program runs, a plan would work in one directory only.
  @Test
  void pathsAreThoseOfThePlansDirectory() throws IOException {
    SweepPlan plan = read("{\"traces\": [[\"x/a\", \"../b\", \"/c\"]], \"methods\": [\"none\"]}");
    Path here = directory.toAbsolutePath();
    assertEquals(
        List.of(here.resolve("x/a").toString(), here.resolve("../b").normalize().toString(), "/c"),
        plan.traces().getFirst());
    String message = assertThrows(IOException.class, plan::requireTraces).getMessage();
    assertTrue(message.startsWith("no such series: " + here.resolve("x/a") + ", "), message);
  }

  private static final Path DOCS = Path.of(System.getProperty("emulha.root", "..")).resolve("docs");

  // What docs/SWEEP.md shows has to be a plan, and the schema the keys that there are.
  @Test
  void theExampleAndTheSchemaAreThoseOfTheCode() throws IOException {
    String page = Files.readString(DOCS.resolve("SWEEP.md"));
    int from = page.indexOf("```json") + 7;
    String example = page.substring(from, page.indexOf("```", from));
    SweepPlan plan = read(example);
    var json = new ObjectMapper();
    JsonNode schema = json.readTree(DOCS.resolve("sweep-plan.schema.json").toFile());
    var keys = new ArrayList<String>();
    schema.path("properties").fieldNames().forEachRemaining(keys::add);
    String message = assertThrows(IOException.class, () -> read("{\"no\": 1}")).getMessage();
    assertTrue(message.endsWith("the keys " + String.join(", ", keys)), message);
    var shown = new ArrayList<String>();
    json.readTree(example).fieldNames().forEachRemaining(shown::add);
    assertEquals(keys, shown, "the example leaves a key out");
    assertEquals(2 * 2 * 3 * 2 * 2 * 3, plan.points().size());
    // The defaults that the schema states are those of a plan that leaves the keys out.
    SweepPlan least = read("{\"traces\": [[\"/a\"]], \"methods\": [\"none\"]}");
    JsonNode kept = json.readTree(least.toJson());
    for (String key : keys) {
      JsonNode stated = schema.path("properties").path(key).path("default");
      if (!stated.isMissingNode() && kept.has(key)) {
        assertEquals(kept.get(key).toString(), stated.toString(), key);
      }
    }
  }

  private static String refusal(SweepPlan plan) {
    return assertThrows(IllegalArgumentException.class, plan::points).getMessage();
  }

  @Test
  void seriesOfOneNameAreRefused() throws IOException {
    SweepPlan plan = read("{\"traces\": [[\"x/a\"], [\"y/a\"]], \"methods\": [\"none\"]}");
    assertTrue(refusal(plan).endsWith("rename a series"), refusal(plan));
  }

  /** Told to rename a series, one would look for two of one name where there is one. */
  @Test
  void whatStandsTwiceIsNamed() throws IOException {
    SweepPlan methods =
        read("{\"traces\": [[\"a\"]], \"methods\": [\"none\", \"gzip\", \"none\"]}");
    assertEquals("sweep: the method none stands twice", refusal(methods));
    SweepPlan intervals =
        read("{\"traces\": [[\"a\"]], \"methods\": [\"none\"], \"intervals_ms\": [25, 25.0]}");
    assertEquals("sweep: the interval of 25 ms stands twice", refusal(intervals));
  }

  /** A subset that is left out, and no VM's gain by company can be computed. */
  @Test
  void everySubsetOfASetIsRun() throws IOException {
    SweepPlan subsets =
        read(
            """
            {"traces": [["a", "b", "c"], ["b"]], "methods": ["none"], "every_subset": true,
             "reduce_only": true}
            """);
    assertEquals(
        Set.of("a+b+c", "a+b", "a+c", "b+c", "a", "b", "c"),
        subsets.traces().stream()
            .map(
                set ->
                    set.stream()
                        .map(trace -> String.valueOf(Path.of(trace).getFileName()))
                        .collect(Collectors.joining("+")))
            .collect(Collectors.toSet()));
    assertEquals(7, subsets.points().size());
    assertEquals(subsets, read(subsets.toJson()));
    assertThrows(
        IOException.class,
        () ->
            read(
                """
                {"traces": [["a", "b", "c", "d", "e"]], "methods": ["none"], "every_subset": true}
                """));
  }

  @Test
  void isReadBackAsWritten() throws IOException {
    SweepPlan plan =
        read(
            """
            {"traces": [["a", "b"]], "methods": ["none"], "intervals_ms": [25], "trials": 4,
             "warmup": "0", "pace": "asap", "base": "skip"}
            """);
    assertEquals(plan, read(plan.toJson()));
  }
}
