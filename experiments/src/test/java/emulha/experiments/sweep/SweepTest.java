package emulha.experiments.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.experiments.engines.PointRunner;
import emulha.experiments.plan.Plans;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.metrics.RunRow;
import emulha.metrics.columns.Columns;
import emulha.traces.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a sweep promises about its directory. Without these a resumed sweep could take a failed or
 * half-written point for a result.
 */
final class SweepTest {
  static void nobody(Point point, String reason) {}

  @TempDir Path temporary;

  private final SweepPlan plan =
      Plans.of("'traces': [['a'], ['b']], 'methods': ['none', 'gzip'], 'trials': 2");

  /** Notes what it runs, and fails for some points after writing half of the result. */
  private static final class Recorder implements PointRunner {
    final List<String> ran = new ArrayList<>();
    Set<String> failing = Set.of();

    @Override
    public void run(Point point, Path directory) throws IOException {
      ran.add(point.id());
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("checkpoints.csv"), point.id());
      if (failing.contains(point.id())) {
        throw new IOException("no luck");
      }
      Files.writeString(directory.resolve("runs.csv"), point.id());
    }
  }

  @Test
  void failedPointsAreTriedAgainAndDoneOnesAreNot() throws Exception {
    Path directory = temporary.resolve("sweep");
    var runner = new Recorder();
    runner.failing = Set.of("a_gzip_own_asap-skip_t001", "b_none_own_asap-skip_t002");
    assertEquals(2, Sweep.create(plan, directory).run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(8, runner.ran.size(), "all points are tried");
    assertEquals(
        "no luck\n", Files.readString(directory.resolve("a_gzip_own_asap-skip_t001.failed")));
    assertFalse(Files.exists(directory.resolve("a_gzip_own_asap-skip_t001")));

    runner.ran.clear();
    runner.failing = Set.of();
    assertEquals(
        0, Sweep.resume(null, directory, false).run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(
        Set.of("a_gzip_own_asap-skip_t001", "b_none_own_asap-skip_t002"), Set.copyOf(runner.ran));
    assertFalse(Files.exists(directory.resolve("a_gzip_own_asap-skip_t001.failed")));
    assertTrue(Files.exists(directory.resolve("a_gzip_own_asap-skip_t001").resolve("runs.csv")));

    runner.ran.clear();
    assertEquals(
        0, Sweep.resume(plan, directory, false).run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(List.of(), runner.ran);
  }

  /**
   * Kept, a disturbed trial would stay in the figures; repeated with it, a good one would be lost.
   */
  @Test
  void onlyDisturbedPointsAreRepeated() throws Exception {
    Path directory = temporary.resolve("sweep");
    var runner = new Recorder();
    assertEquals(0, Sweep.create(plan, directory).run(runner, 1, Progress.NONE, SweepTest::nobody));
    List<String> header = Columns.of(RunRow.class).names();
    for (String id : List.copyOf(runner.ran)) {
      boolean disturbed = id.equals("b_gzip_own_asap-skip_t002");
      Set<String> text = Set.of("run_id", "mode", "traces", "workloads", "origin", "method");
      Set<String> more = Set.of("binding", "pace", "base", "link_kind", "security");
      Files.writeString(
          directory.resolve(id).resolve("runs.csv"),
          String.join(",", header)
              + "\n"
              + header.stream()
                  .map(
                      column ->
                          column.equals("disturbed")
                              ? Boolean.toString(disturbed)
                              : Set.of("verified", "gathers").contains(column)
                                  ? "true"
                                  : text.contains(column) || more.contains(column) ? id : "1")
                  .collect(Collectors.joining(","))
              + "\n");
    }
    runner.ran.clear();
    assertEquals(
        0, Sweep.resume(null, directory, false).run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(List.of(), runner.ran);
    assertTrue(Sweep.resume(null, directory, false).hasDisturbed());
    Sweep again = Sweep.resume(null, directory, false).repeatingDisturbed();
    String disturbed = "b_gzip_own_asap-skip_t002";
    String before = Files.readString(directory.resolve(disturbed).resolve("runs.csv"));
    runner.failing = Set.of(disturbed);
    assertEquals(1, again.run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(
        before,
        Files.readString(directory.resolve(disturbed).resolve("runs.csv")),
        "what could not be made again is kept");
    assertTrue(Files.exists(directory.resolve(disturbed + ".failed")));
    runner.ran.clear();
    runner.failing = Set.of();
    assertEquals(0, again.run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(List.of(disturbed), runner.ran);
    assertNotEquals(before, Files.readString(directory.resolve(disturbed).resolve("runs.csv")));
    assertFalse(Files.exists(directory.resolve(disturbed + ".failed")));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          List.of(".lock"),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith("."))
              .toList());
    }
  }

  /** Runs the points of a series together. */
  private static final class InGroups implements PointRunner {
    final Recorder recorder = new Recorder();
    final List<Integer> sizes = new ArrayList<>();

    @Override
    public List<List<Point>> groups(List<Point> points) {
      return List.copyOf(
          points.stream().collect(Collectors.groupingBy(Point::traceNames)).values());
    }

    @Override
    public void run(List<Point> group, List<Path> directories)
        throws IOException, InterruptedException {
      sizes.add(group.size());
      PointRunner.super.run(group, directories);
    }

    @Override
    public void run(Point point, Path directory) throws IOException {
      recorder.run(point, directory);
    }
  }

  /** One bad point of a group must neither lose the others nor leave halves of them. */
  @Test
  void aGroupOfWhichOneFailsIsRunOneByOne() throws Exception {
    Path directory = temporary.resolve("sweep");
    var runner = new InGroups();
    runner.recorder.failing = Set.of("a_gzip_own_asap-skip_t001");
    assertEquals(1, Sweep.create(plan, directory).run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(List.of(1, 1, 1, 1, 4, 4), runner.sizes.stream().sorted().toList());
    for (Point point : plan.points()) {
      boolean bad = point.id().equals("a_gzip_own_asap-skip_t001");
      assertEquals(!bad, Files.exists(directory.resolve(point.id())), point.id());
      assertEquals(bad, Files.exists(directory.resolve(point.id() + ".failed")), point.id());
    }
    assertEquals(
        0,
        Sweep.resume(plan, directory, true)
            .run(new InGroups(), 1, Progress.NONE, SweepTest::nobody));
    assertFalse(Files.exists(directory.resolve("a_gzip_own_asap-skip_t001.failed")));
  }

  @Test
  void whatWasRunningWhenKilledIsRunAgain() throws Exception {
    Path directory = temporary.resolve("sweep");
    Sweep sweep = Sweep.create(plan, directory);
    Path remains = Files.createDirectories(directory.resolve(".running-a_none_own_asap-skip_t001"));
    Files.writeString(remains.resolve("checkpoints.csv"), "half a ro");
    var runner = new Recorder();
    assertEquals(0, sweep.run(runner, 2, Progress.NONE, SweepTest::nobody));
    assertEquals(
        "a_none_own_asap-skip_t001",
        Files.readString(
            directory.resolve("a_none_own_asap-skip_t001").resolve("checkpoints.csv")));
    assertFalse(Files.exists(remains));
  }

  /** A sweep whose JVM is told to end while its first point runs, which fails by that. */
  static final class ToldToEnd {
    private ToldToEnd() {}

    public static void main(String[] args) throws Exception {
      Thread sweep = Thread.currentThread();
      var ending = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    ending.countDown();
                    try {
                      sweep.join();
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  }));
      PointRunner runner =
          (point, directory) -> {
            new Thread(() -> System.exit(0)).start();
            ending.await();
            throw new IOException("killed");
          };
      Sweep.create(new SweepTest().plan, Path.of(args[0]))
          .run(runner, 1, Progress.NONE, SweepTest::nobody);
    }
  }

  /** What ends a sweep, such as Ctrl-C, is no failure of the points that it takes along. */
  @Test
  void toldToEndItSaysOfNoPointThatItFailed() throws Exception {
    Path directory = temporary.resolve("sweep");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ToldToEnd.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(temporary.resolve("said").toFile())
            .start();
    assertEquals(0, process.waitFor());
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          Set.of("environment.json", "sweep.json", ".lock"),
          files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  /** Killed before its plan was written it could otherwise neither be begun nor resumed. */
  @Test
  void killedBeforeItHadAPlanItBeginsAnew() throws Exception {
    Path directory = temporary.resolve("sweep");
    Sweep.create(plan, directory);
    Files.move(directory.resolve("sweep.json"), directory.resolve(".sweep.json.partial"));
    assertEquals(
        0, Sweep.create(plan, directory).run(new Recorder(), 1, Progress.NONE, SweepTest::nobody));
    assertThrows(IOException.class, () -> Sweep.create(plan, directory));
  }

  @Test
  void anotherPlanIsRefused() throws IOException {
    Path directory = temporary.resolve("sweep");
    Sweep.create(plan, directory);
    SweepPlan other = Plans.of("'traces': [['a'], ['b']], 'methods': ['none'], 'trials': 2");
    assertThrows(IOException.class, () -> Sweep.resume(other, directory, false));
    assertThrows(IOException.class, () -> Sweep.create(plan, directory), "there is one already");
    assertThrows(IOException.class, () -> Sweep.resume(null, temporary, false), "there is none");
  }

  /** Results at one link speed must not stand for those at another. */
  @Test
  void eachLinkSpeedHasPointsOfItsOwn() throws Exception {
    SweepPlan linked =
        Plans.of("'traces': [['a']], 'methods': ['none'], 'links_bits_per_second': [0, 100000000]");
    Path directory = temporary.resolve("sweep");
    var runner = new Recorder();
    runner.failing = Set.of("a_none_own_100mbit_asap-skip_t001");
    assertEquals(
        1, Sweep.create(linked, directory).run(runner, 1, Progress.NONE, SweepTest::nobody));
    runner.ran.clear();
    runner.failing = Set.of();
    assertEquals(
        0, Sweep.resume(linked, directory, false).run(runner, 1, Progress.NONE, SweepTest::nobody));
    assertEquals(List.of("a_none_own_100mbit_asap-skip_t001"), runner.ran);
    assertThrows(IOException.class, () -> Sweep.resume(plan, directory, false));
  }

  /** Times of two JDKs or machines in one directory would be compared as if they were of one. */
  @Test
  void anotherEnvironmentIsRefusedUnlessForced() throws Exception {
    Path directory = temporary.resolve("sweep");
    assertEquals(Optional.empty(), Sweep.create(plan, directory).otherEnvironment());
    Path file = directory.resolve("environment.json");
    String here = Files.readString(file);
    Files.writeString(file, here.replaceFirst("\"processors\" *: *\\d+", "\"processors\" : 4096"));
    var problem = assertThrows(IOException.class, () -> Sweep.resume(null, directory, false));
    assertTrue(problem.getMessage().contains("processors"), problem.getMessage());
    Sweep forced = Sweep.resume(null, directory, true);
    assertTrue(forced.otherEnvironment().isPresent());
    assertEquals(0, forced.run(new Recorder(), 1, Progress.NONE, SweepTest::nobody));
  }

  // Means over the half of the points that is there look like those of a whole sweep.
  @Test
  void anUnfinishedSweepSaysSo() throws Exception {
    Path directory = temporary.resolve("sweep");
    assertEquals(Optional.empty(), Sweep.unfinished(temporary));
    Sweep sweep = Sweep.create(plan, directory);
    assertTrue(
        Sweep.unfinished(directory).orElseThrow().contains("unfinished sweep, 0 of 8 points"));
    Files.createDirectories(directory.resolve(sweep.plan().points().get(3).id()));
    assertTrue(Sweep.unfinished(directory).orElseThrow().contains("1 of 8 points are done"));
    for (Point point : sweep.plan().points()) {
      Files.createDirectories(directory.resolve(point.id()));
    }
    assertEquals(Optional.empty(), Sweep.unfinished(directory));
  }
}
