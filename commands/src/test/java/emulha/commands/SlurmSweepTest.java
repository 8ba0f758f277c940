package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.commands.terminal.ThisProgram;
import emulha.metrics.CheckpointRow;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.testsupport.MadeSeries;
import emulha.testsupport.Requirements;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps on a real Slurm of two nodes, both on this machine. */
@Order(1)
final class SlurmSweepTest {
  private static final String CLUSTER = "bench/slurm.sh";

  @TempDir static Path directory;
  private static Path cluster = Path.of("");
  private static Path series = Path.of("");
  private static String[] offline = {};

  /** Results of a local run of the same. */
  private static Path local = Path.of("");

  @BeforeAll
  static void startCluster() throws Exception {
    boolean root = System.getProperty("user.name").equals("root");
    Requirements.programs("slurmctld", "slurmd", "munged");
    if (!root) {
      Requirements.lacking("starting Slurm takes root");
    }
    // The user munge works in it.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    cluster = directory.resolve("cluster");
    series = MadeSeries.small(directory.resolve("small"));
    cluster("start");
    offline =
        new String[] {
          "sweep",
          "--reduce-only",
          "--trace",
          series.toString(),
          "--method",
          "none",
          "--method",
          "gzip",
          "--method",
          "delta",
          "--interval",
          "10ms",
          "--interval",
          "20ms"
        };
    local = directory.resolve("local");
    here(with(offline, "--out", local.toString()));
  }

  @AfterAll
  static void stopCluster() throws Exception {
    if (!cluster.toString().isEmpty()) {
      cluster("stop");
    }
  }

  /** Does something to the cluster. */
  private static void cluster(String action, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ThisProgram.root().resolve(CLUSTER).toString());
    command.addAll(List.of(action, cluster.toString()));
    command.addAll(List.of(more));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), action);
  }

  private static String jobs() throws Exception {
    var builder = new ProcessBuilder("squeue", "-h");
    builder.environment().put("SLURM_CONF", cluster.resolve("slurm.conf").toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    return said;
  }

  /** The program as a process that talks to the cluster. */
  private static Process start(Path log, String... args) throws IOException {
    List<String> command = new ArrayList<>(ThisProgram.commandLine());
    command.addAll(List.of(args));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SLURM_CONF", cluster.resolve("slurm.conf").toString());
    return builder.start();
  }

  private static void here(String... args) {
    var err = new ByteArrayOutputStream();
    int exit =
        new Main(
                new PrintStream(
                    ByteArrayOutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8))
            .run(args);
    assertEquals(0, exit, err.toString(StandardCharsets.UTF_8));
  }

  private static String[] with(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  private static Map<String, String> rows(Path sweep) throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (Path point : points(sweep)) {
      for (String name : List.of("checkpoints.csv", "runs.csv")) {
        rows.put(point.getFileName() + "/" + name, Files.readString(point.resolve(name)));
      }
    }
    return rows;
  }

  /** Without a look into what jobs work with, which comes and goes. */
  private static List<Path> points(Path sweep) throws IOException {
    try (Stream<Path> files = Files.list(sweep)) {
      return files
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(Files::isDirectory)
          .toList();
    }
  }

  /**
   * Without this, a node that goes down in the night could cost a point, or give it twice, where
   * Slurm runs its job again.
   */
  @Test
  void aNodeGoesDownAndItsJobRunsElsewhere() throws Exception {
    Path out = directory.resolve("out-requeued");
    Path log = directory.resolve("log-requeued");
    Process process = start(log, with(offline, "--engine", "slurm", "--out", out.toString()));
    cluster("await-job", "n2");
    cluster("kill-node", "n2");
    try {
      cluster("run-requeued");
      assertEquals(0, process.waitFor(), Files.readString(log));
    } finally {
      cluster("start-node", "n2");
    }
    assertTrue(Files.readString(log).contains("6 points done"), Files.readString(log));
    assertEquals(rows(local), rows(out));
    assertEquals("", jobs());
  }

  /** Without this, what was cancelled could run on, or be done again. */
  @Test
  void aNodeGoesDownAndTheSweepIsCancelledAndResumed() throws Exception {
    Path out = Files.createDirectory(directory.resolve("out"));
    Path log = directory.resolve("log");
    Process process;
    try (WatchService watch = out.getFileSystem().newWatchService()) {
      out.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      process = start(log, with(offline, "--engine", "slurm", "--out", out.toString()));
      int done = 0;
      while (done == 0 && process.isAlive()) {
        WatchKey key = watch.poll(100, TimeUnit.MILLISECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
          done = points(out).size();
        }
      }
    }
    assertTrue(process.isAlive(), Files.readString(log));
    cluster("kill-node", "n2");
    // As Ctrl-C does.
    process.destroy();
    process.waitFor();
    cluster("start-node", "n2");

    assertEquals(
        0,
        start(log, "sweep", "--resume", "--engine", "slurm", "--out", out.toString()).waitFor(),
        Files.readString(log));
    assertEquals(rows(local), rows(out));
    assertEquals("", jobs());
    assertFalse(Files.exists(out.resolve(".slurm")), "what jobs work with is gone");
  }

  /** Sender and receiver meet through the job's files, each on a node of its own. */
  @Test
  void aPointWithNetworkAndClockIsTheLocalOne() throws Exception {
    String[] sweep = {
      "sweep",
      "--trace",
      series.toString(),
      "--method",
      "similarity:lifetime=forever",
      "--method",
      "miscounting",
      "--pace",
      "asap",
      "--warmup",
      "0",
      "--base",
      "skip"
    };
    String[] good = sweep.clone();
    good[6] = "delta";
    Path timed = directory.resolve("local-timed");
    here(with(good, "--out", timed.toString()));
    Path out = directory.resolve("out-timed");
    Path log = directory.resolve("log-timed");
    assertEquals(
        1,
        start(log, with(sweep, "--engine", "slurm", "--out", out.toString())).waitFor(),
        Files.readString(log));
    assertTrue(Files.readString(log).contains("1 of 2 points failed"), Files.readString(log));
    String id = "small_similarity-lifetime=forever_own_asap-skip_t001";
    assertEquals(deterministic(timed.resolve(id)), deterministic(out.resolve(id)));
    RunRow run = RowReader.all(out.resolve(id).resolve("runs.csv"), RunRow.class).getFirst();
    assertEquals("token", run.network().security());
    assertTrue(run.proof().verified());
    assertTrue(
        Files.readString(out.resolve("small_miscounting_own_asap-skip_t001.failed"))
            .contains("failed: "),
        "says why");
  }

  /** What of a point's rows depends on the recording and the method only. */
  private static List<List<?>> deterministic(Path point) throws IOException {
    List<List<?>> rows = new ArrayList<>();
    for (CheckpointRow row : RowReader.all(point.resolve("checkpoints.csv"), CheckpointRow.class)) {
      rows.add(
          Arrays.asList(
              row.key().runId(),
              row.key().of().trace(),
              row.key().setting().method(),
              row.key().number().checkpoint(),
              row.traffic().dirtyPages(),
              row.traffic().payloadBytes(),
              row.traffic().stateBytes(),
              row.traffic().wireBytes(),
              row.memory().senderMemoryBytes(),
              row.memory().receiverMemoryBytes(),
              row.counts().pages().wholePages(),
              row.counts().chunks().duplicateChunksIntra(),
              row.counts().chunks().uniqueChunks(),
              row.verified()));
    }
    assertFalse(rows.isEmpty());
    return rows;
  }

  /** A script that cannot be read beforehand cannot be adapted to a cluster's ways. */
  @Test
  void dryRunPrintsTheScripts() {
    var printed = new ByteArrayOutputStream();
    String[] sweep = {
      "sweep", "--trace", series.toString(), "--method", "none", "--engine", "slurm", "--dry-run"
    };
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertEquals(0, new Main(out, out).run(sweep));
    assertEquals(0, new Main(out, out).run(with(sweep, "--reduce-only")));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("#SBATCH --nodes=2") && text.contains("emulharcv"), text);
    assertTrue(text.contains("#SBATCH --array=0-0"), text);
  }
}
