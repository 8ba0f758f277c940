package emulha.experiments.engines;

import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.files.Tree;
import emulha.wire.PrivateFile;
import emulha.wire.Token;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Gatherers;
import java.util.stream.Stream;

/**
 * Runs points as jobs of a Slurm cluster whose nodes see this machine's files under the same names.
 * Points without network and clock are tasks of job arrays; every other one is a job of two whole
 * nodes, the receiver on one and the sender on the other.
 *
 * <p>A job has the directory {@code .slurm/ID} in the sweep's. Each start of it, the first and
 * those after Slurm requeued it, works in {@code attempt-JOB-N} there and renames its results to
 * {@code done} in the end, which can happen once only: one that finds its directory gone is too
 * late, and removes what it has made. The receiver says in {@code attempt-JOB-N/address} where it
 * listens, and both know each other by the secret in {@code token}.
 */
public final class SlurmRunner implements PointRunner {
  /** Tasks of one array: Slurm's usual MaxArraySize allows one more. */
  private static final int ARRAY = 1000;

  /** Points that are waited for at once. */
  private static final int WAITED_FOR = 256;

  private static final String DIRECTORY = ".slurm";
  private static final String DONE = "done";
  private static final String JOBS = "jobs";

  /** In the directory of a point that is to be done. */
  private static final String ASKED = "asked";

  private static final long POLL_MS = 1000;

  private final SweepPlan plan;
  private final Path root;
  private final List<String> emulha;
  private final List<String> options;

  /** By point, what Slurm calls its job. */
  private final Map<String, String> jobs = new ConcurrentHashMap<>();

  private final Thread canceller = Thread.ofPlatform().unstarted(this::cancelAll);
  private final JobStates states = new JobStates(Slurm::states, POLL_MS * 1_000_000);

  /**
   * @param directory of the sweep
   * @param emulha the command line that runs emulha on a node, to which a command and its options
   *     are added
   * @param options more options for sbatch, such as {@code --partition=NAME}
   */
  public SlurmRunner(SweepPlan plan, Path directory, List<String> emulha, List<String> options) {
    this.plan = plan;
    this.root = directory.toAbsolutePath().normalize();
    this.emulha = List.copyOf(emulha);
    this.options = List.copyOf(options);
  }

  /** All are submitted; so many are waited for. */
  @Override
  public int atOnce(int processors) {
    return WAITED_FOR;
  }

  private Path at(String id) {
    return root.resolve(DIRECTORY).resolve(id);
  }

  @Override
  public List<String> scripts(List<Point> points) {
    return byJob(points).map(this::script).toList();
  }

  /** The points that each job does: many without network and clock, else one. */
  private Stream<List<Point>> byJob(List<Point> points) {
    return points.stream().gather(Gatherers.windowFixed(plan.reduceOnly() ? ARRAY : 1));
  }

  private String script(List<Point> points) {
    return plan.reduceOnly() ? array(points) : timed(points.getFirst());
  }

  /** Ends what an earlier sweep left running, and submits all points that it had not done. */
  @Override
  public void prepare(List<Point> points) throws IOException, InterruptedException {
    Files.createDirectories(root.resolve(DIRECTORY));
    cancelRemains();
    List<Point> left = new ArrayList<>();
    for (Point point : points) {
      if (!Files.isDirectory(at(point.id()).resolve(DONE))) {
        renew(at(point.id()));
        left.add(point);
      }
    }
    Runtime.getRuntime().addShutdownHook(canceller);
    for (List<Point> tasks : byJob(left).toList()) {
      String first = tasks.getFirst().id();
      Path script = root.resolve(DIRECTORY).resolve("script-" + jobs.size());
      if (!plan.reduceOnly()) {
        script = at(first).resolve("script");
        PrivateFile.write(at(first).resolve("token"), Token.newSecret());
      }
      Files.writeString(script, script(tasks));
      String job = submit(script);
      for (int task = 0; task < tasks.size(); task++) {
        jobs.put(tasks.get(task).id(), plan.reduceOnly() ? job + "_" + task : job);
      }
    }
  }

  /**
   * Makes a point's directory anew. It is not empty before its job has begun, or a start that an
   * earlier sweep left at work would remove it as its own.
   */
  static void renew(Path at) throws IOException {
    Tree.delete(at);
    Files.createDirectories(at);
    Files.createFile(at.resolve(ASKED));
  }

  private String submit(Path script) throws IOException, InterruptedException {
    String job = Slurm.submit(script, options);
    Files.writeString(
        root.resolve(DIRECTORY).resolve(JOBS),
        job + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    return job;
  }

  private void cancelRemains() throws IOException, InterruptedException {
    List<String> remains;
    try {
      remains = Files.readAllLines(root.resolve(DIRECTORY).resolve(JOBS));
    } catch (NoSuchFileException e) {
      return;
    }
    Slurm.cancel(remains);
    while (Slurm.anyLives(remains)) {
      Thread.sleep(POLL_MS);
    }
    Files.delete(root.resolve(DIRECTORY).resolve(JOBS));
  }

  @Override
  public void run(Point point, Path directory) throws IOException, InterruptedException {
    Path at = at(point.id());
    String job = jobs.get(point.id());
    boolean ended = job == null;
    while (!Files.isDirectory(at.resolve(DONE))) {
      if (ended) {
        String reason = reason(at);
        Tree.delete(at);
        throw new IOException("Slurm job %s failed: %s".formatted(job, reason));
      }
      Thread.sleep(POLL_MS);
      // Looked at before the directory is, which a job that ends well makes before it ends.
      Optional<String> end = states.of(String.valueOf(job)).filter(state -> !Slurm.lives(state));
      ended = end.isPresent();
      if (ended && !end.get().equals("COMPLETED") && Files.isDirectory(at)) {
        Files.writeString(at.resolve("state"), end.get());
      }
    }
    Files.move(at.resolve(DONE), directory, StandardCopyOption.ATOMIC_MOVE);
    try {
      Tree.delete(at);
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // A start on a node that Slurm gave up is still at work there, and clears up itself.
    }
  }

  /** The last words of the last start, or how Slurm ended it. */
  private static String reason(Path at) throws IOException {
    List<Path> logs;
    try (Stream<Path> files = Files.exists(at) ? Files.walk(at) : Stream.<Path>empty()) {
      logs =
          files
              .filter(file -> file.toString().endsWith(".err"))
              .sorted(Comparator.<Path>naturalOrder().reversed())
              .toList();
    }
    for (Path log : logs) {
      Optional<String> words = LastWords.in(log);
      if (words.isPresent()) {
        return words.get();
      }
    }
    Path state = at.resolve("state");
    return Files.exists(state) ? "it ended as " + Files.readString(state) : "it left no results";
  }

  /** Cancels what still runs. */
  @Override
  public void end() {
    try {
      if (!Runtime.getRuntime().removeShutdownHook(canceller)) {
        // Nothing was submitted; what an earlier sweep left running may be running still.
        return;
      }
    } catch (IllegalStateException e) {
      // This JVM is ending; the hook runs.
      return;
    }
    if (!cancelAll()) {
      // The file with their numbers stays for the next to resume.
      return;
    }
    try {
      Files.deleteIfExists(root.resolve(DIRECTORY).resolve(JOBS));
      try (Stream<Path> scripts = Files.list(root.resolve(DIRECTORY))) {
        for (Path script : scripts.filter(Files::isRegularFile).toList()) {
          Files.delete(script);
        }
      }
      Files.delete(root.resolve(DIRECTORY));
    } catch (NoSuchFileException | DirectoryNotEmptyException e) {
      // Nothing was submitted, or a cancelled job's directory is there still.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns whether none is left that may still do something, as far as is known. */
  private boolean cancelAll() {
    Set<String> arraysAndJobs =
        jobs.values().stream().map(job -> job.replaceAll("_.*", "")).collect(Collectors.toSet());
    try {
      try {
        Slurm.cancel(arraysAndJobs);
        return true;
      } catch (IOException e) {
        return !Slurm.anyLives(arraysAndJobs);
      }
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** One job array for points without network and clock. */
  private String array(List<Point> points) {
    return """
        #!/bin/sh
        #SBATCH --job-name=emulha
        #SBATCH --array=0-%d
        #SBATCH --ntasks=1
        #SBATCH --requeue
        #SBATCH --output=/dev/null
        set -u
        cd %s || exit 1
        id=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" <<'POINTS'
        %s
        POINTS
        )
        at=%s/$id
        attempt=$at/attempt-$SLURM_JOB_ID-${SLURM_RESTART_COUNT:-0}
        [ ! -d "$at/done" ] || exit 0
        mkdir "$attempt" || exit 1
        %s --plan %s --point "$id" --out "$attempt/results" >"$attempt/out" 2>"$attempt/point.err" || exit 1
        [ -e "$attempt/out" ] || { rm -rf "$attempt"; rmdir "$at"; exit 1; }
        mv -T "$attempt/results" "$at/done"
        """
        .formatted(
            points.size() - 1,
            quoted(Path.of("").toAbsolutePath().toString()),
            points.stream().map(Point::id).collect(Collectors.joining("\n")),
            quoted(root.resolve(DIRECTORY).toString()),
            command("sweep", List.of()),
            quoted(root.resolve(SweepPlan.FILE).toString()));
  }

  /** One job for a point with network and clock; the tasks of its step run the same script. */
  private String timed(Point point) {
    return """
        #!/bin/sh
        #SBATCH --job-name=emulha
        #SBATCH --nodes=2
        #SBATCH --ntasks=2
        #SBATCH --ntasks-per-node=1
        #SBATCH --exclusive
        #SBATCH --requeue
        #SBATCH --output=/dev/null
        # %s
        set -u
        cd %s || exit 1
        at=%s
        attempt=$at/attempt-$SLURM_JOB_ID-${SLURM_RESTART_COUNT:-0}
        case ${1:-job}${SLURM_PROCID:-} in
          job*)
            [ ! -d "$at/done" ] || exit 0
            mkdir "$attempt" || exit 1
            srun --kill-on-bad-exit=1 /bin/sh "$at/script" task 2>"$attempt/job.err" || exit 1
            [ -e "$attempt/job.err" ] || { rm -rf "$attempt"; rmdir "$at"; exit 1; }
            mv -T "$attempt/results" "$at/done"
            ;;
          task0)
            %s%s --listen 0.0.0.0:0 --token-file "$at/token" >"$attempt/listening" 2>"$attempt/receiver.err" &
            until port=$(sed -n 's/^emulharcv listens on .*:\\([0-9]*\\)$/\\1/p' "$attempt/listening") && [ -n "$port" ]; do
              kill -0 $! 2>/dev/null || exit 1
              sleep 0.1
            done
            echo "$(hostname):$port" >"$attempt/address.partial"
            mv "$attempt/address.partial" "$attempt/address"
            wait $!
            ;;
          task1)
            until [ -e "$attempt/address" ]; do sleep 0.1; done
            %s --to "$(cat "$attempt/address")" --token-file "$at/token" --out "$attempt/results" \\
              >"$attempt/out" 2>"$attempt/sender.err"
            ;;
        esac
        """
        .formatted(
            point.id(),
            quoted(Path.of("").toAbsolutePath().toString()),
            quoted(at(point.id()).toString()),
            command(
                "emulharcv",
                point.store().kind().inDirectory() ? point.trust() : point.receive("")),
            point.store().kind().inDirectory()
                ? " --store " + point.store().of(point.id(), "\"$attempt/store\"").orElseThrow()
                : "",
            command("emulhacp", point.replay()));
  }

  private String command(String name, List<String> more) {
    List<String> command = new ArrayList<>(emulha);
    command.add(name);
    command.addAll(more);
    return command.stream().map(SlurmRunner::quoted).collect(Collectors.joining(" "));
  }

  /** A word of the shell, whatever is in it. */
  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:=+,@%-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
