package emulha.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    List<String> order = plan.points().stream().map(p -> p.method() + p.trial()).toList();
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

  @Test
  void seriesOfOneNameAreRefused() throws IOException {
    SweepPlan plan = read("{\"traces\": [[\"x/a\"], [\"y/a\"]], \"methods\": [\"none\"]}");
    assertThrows(IllegalArgumentException.class, plan::points);
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
        subsets.traces().stream().map(set -> String.join("+", set)).collect(Collectors.toSet()));
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
