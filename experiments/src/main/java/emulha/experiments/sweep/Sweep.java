package emulha.experiments.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.engines.Testbed;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.files.DurableFile;
import emulha.files.LockedFile;
import emulha.files.Tree;
import emulha.files.WholeFile;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.runs.Environment;
import emulha.traces.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan's points into a directory:
 *
 * <ul>
 *   <li>{@code sweep.json}: the plan; {@code environment.json}: what it runs on;
 *   <li>a directory for each point done, named by its {@link Point#id}, which appears whole or not
 *       at all;
 *   <li>{@code ID.failed}: why a point failed when it was last tried.
 * </ul>
 *
 * A sweep that ends at any moment, killed or not, can be resumed and loses at most the points that
 * were running.
 */
public final class Sweep {
  private static final String ENVIRONMENT = "environment.json";
  private static final String LOCK = ".lock";
  private static final String RUNNING = ".running-";
  private static final String FAILED = ".failed";

  /** What is there before the plan is: if killed then, nothing is lost by beginning anew. */
  private static final Set<String> BEGINNINGS =
      Set.of(LOCK, ENVIRONMENT, partial(ENVIRONMENT), partial(SweepPlan.FILE));

  /** What of the environment makes results incomparable. */
  private static final List<String> GUARDED = List.of("jdk", "cpu", "processors", "gitCommit");

  private final SweepPlan plan;
  private final Path directory;
  private final boolean repeatDisturbed;

  private Sweep(SweepPlan plan, Path directory, boolean repeatDisturbed) {
    this.plan = plan;
    this.directory = directory;
    this.repeatDisturbed = repeatDisturbed;
  }

  /**
   * A new sweep.
   *
   * @throws IOException if the directory is not empty
   */
  public static Sweep create(SweepPlan plan, Path directory) throws IOException {
    plan.points();
    if (Files.exists(directory)) {
      try (Stream<Path> content = Files.list(directory)) {
        if (content.anyMatch(file -> !BEGINNINGS.contains(file.getFileName().toString()))) {
          throw new IOException(
              directory + ": not empty; go on with --resume, or choose another directory");
        }
      }
    }
    Files.createDirectories(directory);
    WholeFile.write(directory.resolve(ENVIRONMENT), Environment.here().toJson());
    SweepPlan kept = plan.absolute();
    WholeFile.write(directory.resolve(SweepPlan.FILE), kept.toJson());
    return new Sweep(kept, directory, false);
  }

  /**
   * A sweep begun before.
   *
   * @param plan what it must be; null for whatever it is
   * @param force whether results of another environment may stand beside its own
   * @throws IOException if there is none, it has another plan, or another environment
   */
  public static Sweep resume(@Nullable SweepPlan plan, Path directory, boolean force)
      throws IOException {
    Path file = directory.resolve(SweepPlan.FILE);
    if (!Files.exists(file)) {
      throw new IOException(directory + ": no sweep to resume (no " + SweepPlan.FILE + ")");
    }
    SweepPlan begun = SweepPlan.read(file, Path.of("").toAbsolutePath());
    if (plan != null && !plan.absolute().equals(begun)) {
      throw new IOException(
          file
              + ": holds another sweep than asked for; leave its options out, or use another --out");
    }
    var sweep = new Sweep(begun, directory, false);
    if (!force) {
      Optional<String> difference = sweep.otherEnvironment();
      if (difference.isPresent()) {
        throw new IOException(
            "%s: %s; results would not compare. Use another --out, or --force to mix them"
                .formatted(directory.resolve(ENVIRONMENT), difference.get()));
      }
    }
    return sweep;
  }

  /**
   * What makes results of this program, here, incomparable to those of the sweep's begin; empty if
   * nothing does.
   */
  public Optional<String> otherEnvironment() throws IOException {
    var json = new ObjectMapper();
    JsonNode then = json.readTree(Files.readAllBytes(directory.resolve(ENVIRONMENT)));
    JsonNode now = json.readTree(Environment.here().toJson());
    return GUARDED.stream()
        .filter(name -> !Objects.equals(then.get(name), now.get(name)))
        .findFirst()
        .map(
            name ->
                "begun with %s %s, now it is %s".formatted(name, then.get(name), now.get(name)));
  }

  /**
   * What to know of results in a directory: that they are an unfinished sweep's.
   *
   * @return one line, or empty if all its points are done or no sweep ran there
   */
  public static Optional<String> unfinished(Path directory) throws IOException {
    if (!Files.exists(directory.resolve(SweepPlan.FILE))) {
      return Optional.empty();
    }
    Sweep sweep = resume(null, directory, true);
    List<Point> all = sweep.plan.points();
    long done = all.stream().filter(sweep::isDone).count();
    return done == all.size()
        ? Optional.empty()
        : Optional.of(
            "%s: an unfinished sweep, %d of %d points are done; go on with emulha %s --resume --out %s"
                .formatted(
                    directory,
                    done,
                    all.size(),
                    Files.exists(directory.resolve(Testbed.DESCRIPTION)) ? "testbed" : "sweep",
                    directory));
  }

  /** The plan. */
  public SweepPlan plan() {
    return plan;
  }

  /** Whether a point is done. */
  public boolean isDone(Point point) {
    return Files.isDirectory(directory.resolve(point.id()));
  }

  /**
   * The same sweep, whose {@link #run} also makes points with disturbed trials again. Until one is
   * made, what was there stays.
   */
  public Sweep repeatingDisturbed() {
    return new Sweep(plan, directory, true);
  }

  /** Whether a trial that is done was disturbed. */
  public boolean hasDisturbed() throws IOException {
    for (Point point : plan.points()) {
      if (isDisturbed(point)) {
        return true;
      }
    }
    return false;
  }

  private boolean isDisturbed(Point point) throws IOException {
    Path runs = directory.resolve(point.id()).resolve("runs.csv");
    return !plan.reduceOnly()
        && isDone(point)
        && RowReader.all(runs, RunRow.class).stream()
            .map(RunRow::circumstances)
            .anyMatch(at -> at != null && Boolean.TRUE.equals(at.disturbed()));
  }

  /** The points that a run makes. */
  private List<Point> left() throws IOException {
    List<Point> left = new ArrayList<>();
    for (Point point : plan.points()) {
      if (!isDone(point) || (repeatDisturbed && isDisturbed(point))) {
        left.add(point);
      }
    }
    return left;
  }

  /**
   * Runs the points that are not done, and all of them even if some fail.
   *
   * @param jobs points at once
   * @param progress told of each point that starts or ends; by several threads, one at a time
   * @param failures told why a point failed; likewise
   * @return the number of points that failed
   * @throws IOException if the directory cannot be written or another sweep is running in it
   * @throws InterruptedException if it is told to end, by the JVM's end too
   */
  public int run(
      PointRunner runner, int jobs, Progress progress, BiConsumer<Point, String> failures)
      throws IOException, InterruptedException {
    try (var held =
            LockedFile.hold(
                directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var executor = Executors.newFixedThreadPool(jobs)) {
      if (held == null) {
        throw new IOException(directory + ": another sweep is running there; wait for it to end");
      }
      try {
        removeRemains();
        List<Point> left = left();
        var told = new Told(progress, failures, plan.points().size(), left.size());
        runner.prepare(left);
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (List<Point> group : runner.groups(left)) {
          tasks.add(() -> run(group, runner, told));
        }
        return count(executor.invokeAll(tasks));
      } finally {
        executor.shutdownNow();
        runner.end();
      }
    }
  }

  /** Who is told of the points, one at a time. */
  private static final class Told {
    private final Progress progress;
    private final BiConsumer<Point, String> failures;
    private final int total;
    private int done;

    Told(Progress progress, BiConsumer<Point, String> failures, int total, int left) {
      this.progress = progress;
      this.failures = failures;
      this.total = total;
      done = total - left;
      progress.step("", done, total);
    }

    synchronized void started(Point point) {
      progress.step(point.id(), done, total);
    }

    synchronized void ended(Point point, @Nullable String reason) {
      done++;
      if (reason != null) {
        failures.accept(point, reason);
      }
      progress.step(point.id(), done, total);
    }
  }

  private static int count(List<Future<Integer>> outcomes)
      throws IOException, InterruptedException {
    int failed = 0;
    for (Future<Integer> outcome : outcomes) {
      try {
        failed += outcome.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException cause) {
          throw cause;
        }
        if (e.getCause() instanceof InterruptedException cause) {
          throw cause;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
    return failed;
  }

  /** Returns the number of points that failed; throws only if that cannot be recorded. */
  private int run(List<Point> group, PointRunner runner, Told told)
      throws IOException, InterruptedException {
    throwIfEnding();
    group.forEach(told::started);
    String reason = outcome(group, runner);
    int failed = 0;
    for (Point point : group) {
      // One of many: each by itself then, so that only what cannot be done is not.
      String its = reason != null && group.size() > 1 ? outcome(List.of(point), runner) : reason;
      if (its != null) {
        WholeFile.write(directory.resolve(point.id() + FAILED), its + "\n");
        failed++;
      }
      told.ended(point, its);
    }
    return failed;
  }

  /** Whatever fails when the JVM is ending, because of a signal say, fails by that. */
  private static void throwIfEnding() throws InterruptedException {
    var hook = new Thread();
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      throw new InterruptedException("the program is ending");
    }
  }

  /** Runs points together; returns why that failed, or null with all of them done. */
  private @Nullable String outcome(List<Point> group, PointRunner runner)
      throws IOException, InterruptedException {
    List<Path> partials =
        group.stream().map(point -> directory.resolve(RUNNING + point.id())).toList();
    String reason;
    try {
      runner.run(group, partials);
      for (int i = 0; i < group.size(); i++) {
        Files.deleteIfExists(directory.resolve(group.get(i).id() + FAILED));
        put(partials.get(i), directory.resolve(group.get(i).id()));
      }
      return null;
    } catch (IOException | IllegalArgumentException e) {
      reason = String.valueOf(e.getMessage());
    } catch (OutOfMemoryError e) {
      reason =
          "out of memory (%s); run fewer points at once, or give the JVM more with EMULHA_JAVA_OPTS=-Xmx…"
              .formatted(e.getMessage());
    } catch (RuntimeException e) {
      reason = "internal error: " + e;
    }
    for (Path partial : partials) {
      Tree.delete(partial);
    }
    throwIfEnding();
    return reason;
  }

  /** Gives results their place, instead of those of a disturbed trial. */
  private static void put(Path results, Path place) throws IOException {
    Path before = place.resolveSibling(RUNNING + "before-" + place.getFileName());
    if (Files.exists(place)) {
      Files.move(place, before, StandardCopyOption.ATOMIC_MOVE);
    }
    DurableFile.rename(results, place);
    Tree.delete(before);
  }

  /** What was running when an earlier sweep ended. */
  private void removeRemains() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(RUNNING)) {
          Tree.delete(file);
        }
      }
    }
  }

  private static String partial(String name) {
    return "." + name + ".partial";
  }
}
