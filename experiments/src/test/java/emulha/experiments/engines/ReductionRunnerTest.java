package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.runs.Base;
import emulha.runs.Pace;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which points share a pass: of those that do not go together, one's bytes would be another's. */
final class ReductionRunnerTest {
  private final PointRunner runner = new ReductionRunner(List.of("test"));

  private static List<Point> points(List<String> methods) {
    return new SweepPlan(
            List.of(List.of("a"), List.of("a", "b")),
            SweepPlan.methods(methods),
            List.of(BigDecimal.ZERO, new BigDecimal("50")),
            List.of(0L),
            List.of(SharedStore.RAM),
            new SweepPlan.How(1, 1, "0", Pace.ASAP, Base.SKIP, true))
        .points();
  }

  @Test
  void methodsOfTheSameSeriesAndIntervalShareAPass() {
    List<Point> points = points(List.of("none", "gzip", "exclude-free", "delta"));
    List<List<Point>> groups = runner.groups(points);
    // Two sets, two intervals; with free pages and without.
    assertEquals(8, groups.size());
    List<Point> all = new ArrayList<>();
    for (List<Point> group : groups) {
      Point first = group.getFirst();
      for (Point point : group) {
        assertEquals(first.traces(), point.traces());
        assertEquals(first.intervalNs(), point.intervalNs());
        assertEquals(first.trial(), point.trial());
        assertEquals(first.method().excludesFreePages(), point.method().excludesFreePages());
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
    List<Point> points = points(methods);
    List<List<Point>> groups = runner.groups(points);
    assertEquals(8, groups.size());
    assertEquals(10, groups.getFirst().size());
    assertEquals(points.size(), groups.stream().mapToInt(List::size).sum());
  }
}
