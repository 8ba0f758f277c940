package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.testsupport.MadeSeries;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which points share a pass: of those that do not go together, one's bytes would be another's. */
final class ReductionRunnerTest {
  private final PointRunner runner = new ReductionRunner(List.of("test"));

  private static List<Point> points(List<List<String>> traces, List<String> methods) {
    List<BigDecimal> intervalsMs = List.of(BigDecimal.ZERO, new BigDecimal("50"));
    return SweepPlan.of(
            new SweepPlan.Keys(
                traces,
                methods,
                intervalsMs,
                null,
                null,
                null,
                new SweepPlan.KeysOfHow(1, 1, "0", "asap", "skip", true)))
        .points();
  }

  private static int vms(List<Point> group) {
    return group.stream().mapToInt(point -> point.traces().size()).sum();
  }

  @Test
  void methodsAndCompaniesOfTheSameSeriesAndIntervalShareAPass() {
    List<Point> points =
        points(
            List.of(List.of("a"), List.of("a", "b"), List.of("c"), List.of("a", "a")),
            List.of("none", "gzip", "exclude-free", "delta"));
    List<List<Point>> groups = runner.groups(points);
    // Three sets, of which the first has another in it; two intervals; with free pages and without.
    assertEquals(12, groups.size());
    List<Point> all = new ArrayList<>();
    for (List<Point> group : groups) {
      Point first = group.getFirst();
      Set<List<Path>> sets = new HashSet<>();
      for (Point point : group) {
        sets.add(point.traces());
        assertEquals(first.intervalNs(), point.intervalNs());
        assertEquals(first.trial(), point.trial());
        assertEquals(first.method().excludesFreePages(), point.method().excludesFreePages());
      }
      if (sets.size() > 1) {
        assertEquals(Set.of(List.of(Path.of("a")), List.of(Path.of("a"), Path.of("b"))), sets);
      }
      all.addAll(group);
    }
    assertEquals(points.size(), all.size());
    assertEquals(new HashSet<>(points), new HashSet<>(all));
  }

  /** A pass keeps the memory of all its methods: without a limit a long list would need it all. */
  @Test
  void aPassHasALimit() {
    List<String> methods = new ArrayList<>();
    for (int level = 1; level <= 19; level++) {
      methods.add("zstd:level=" + level);
    }
    List<Point> points = points(List.of(List.of("a"), List.of("b", "c")), methods);
    List<List<Point>> groups = runner.groups(points);
    assertEquals(8, groups.size());
    assertEquals(10, groups.getFirst().size());
    assertEquals(points.size(), groups.stream().mapToInt(List::size).sum());
    List<List<String>> subsets = SweepPlan.everySubset(List.of(List.of("a", "b", "c", "d")));
    List<List<Point>> companies = runner.groups(points(subsets, methods.subList(0, 4)));
    // 15 sets of 32 VMs, by four methods, at two intervals.
    assertEquals(256, companies.stream().mapToInt(ReductionRunnerTest::vms).sum());
    companies.forEach(group -> assertTrue(vms(group) <= 64, group::toString));
    assertTrue(companies.size() <= 6, companies::toString);
  }

  /** Without it a long recording would be cut to the length of another that it is compared with. */
  @Test
  void companiesOfOtherLengthsAreRunInTurn(@TempDir Path directory) throws Exception {
    String shorter = MadeSeries.small(directory.resolve("shorter")).toString();
    Path longer = directory.resolve("longer");
    MadeSeries.random(longer, 8, 6, new Random(11), n -> null);
    List<Point> group =
        runner
            .groups(
                points(
                    List.of(List.of(shorter, longer.toString()), List.of(longer.toString())),
                    List.of("none")))
            .getFirst();
    assertEquals(2, group.size());
    List<Path> results = List.of(directory.resolve("both"), directory.resolve("one"));
    runner.run(group, results);
    List<Long> checkpoints = new ArrayList<>();
    for (Path result : results) {
      RunRow row = RowReader.all(result.resolve("runs.csv"), RunRow.class).getFirst();
      checkpoints.add(row.extent().checkpoints());
    }
    assertEquals(List.of(5L, 6L), checkpoints);
  }
}
