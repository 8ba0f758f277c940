package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.commands.terminal.ThisProgram;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.testsupport.MadeSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sweeps as processes, on a small series. */
@Order(1)
final class KilledSweepTest extends CommandTest {
  private static final int KILLS = 10;

  @TempDir Path directory;
  private Path series = Path.of("");

  @BeforeEach
  void writeSeries() throws IOException {
    series = MadeSeries.small(directory.resolve("small"));
  }

  private String[] reduceSweep(Path out) {
    List<String> args = new ArrayList<>(List.of("sweep", "--reduce-only", "--jobs", "1"));
    args.addAll(List.of("--trace", series.toString()));
    for (String method :
        List.of("none", "gzip", "gzip:level=1", "delta", "similarity:chunk=256", "zero+delta")) {
      args.addAll(List.of("--method", method));
    }
    args.addAll(List.of("--interval", "10ms", "--interval", "20ms", "--out", out.toString()));
    return args.toArray(String[]::new);
  }

  /** Every CSV file, by its path in the sweep. */
  private static Map<String, String> rows(Path sweep) throws IOException {
    Map<String, String> rows = new TreeMap<>();
    try (Stream<Path> files = Files.walk(sweep)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".csv")).toList()) {
        rows.put(sweep.relativize(file).toString(), Files.readString(file));
      }
    }
    return rows;
  }

  /** Without this, a night's sweep that was killed could end with rows lost, doubled or changed. */
  @Test
  void killedTenTimesAndResumedItEqualsAnUndisturbedOne() throws Exception {
    Path undisturbed = directory.resolve("undisturbed");
    assertEquals(0, run(reduceSweep(undisturbed)), error());
    Map<String, String> expected = rows(undisturbed);
    assertEquals(24, expected.size());

    var random = new Random(20131);
    int kills = 0;
    // A sweep that gets to its end before the tenth is followed by another.
    for (int sweep = 0; kills < KILLS; sweep++) {
      Path killed = directory.resolve("killed-" + sweep);
      Files.createDirectories(killed);
      String[] begin = reduceSweep(killed);
      String[] resume = {"sweep", "--resume", "--jobs", "1", "--out", killed.toString()};
      String[] command = begin;
      while (kills < KILLS && startAndKill(command, killed, 1 + random.nextInt(5), random)) {
        kills++;
        command = Files.exists(killed.resolve("sweep.json")) ? resume : begin;
        rows(killed)
            .forEach(
                (file, text) -> assertTrue(file.startsWith(".") || expected.containsValue(text)));
      }
      assertEquals(0, run(command), error());
      assertEquals(expected, rows(killed));
    }
  }

  /**
   * Kills the process some milliseconds after so many files have been made in the directory.
   *
   * @return whether it was killed; if not, it ended by itself
   */
  private static boolean startAndKill(String[] args, Path watched, int after, Random random)
      throws Exception {
    try (WatchService watch = watched.getFileSystem().newWatchService()) {
      watched.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      List<String> command = new ArrayList<>(ThisProgram.commandLine());
      command.addAll(List.of(args));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      int made = 0;
      while (made < after && process.isAlive()) {
        WatchKey key = watch.poll(100, TimeUnit.MILLISECONDS);
        if (key != null) {
          made += key.pollEvents().size();
          key.reset();
        }
      }
      boolean ended = process.waitFor(random.nextInt(20), TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      return !ended;
    }
  }

  /**
   * The sender must be told the link speed and the receiver the store, or rows measured over
   * loopback and with RAM pass for others; and a store of every point would fill a disk.
   */
  @Test
  void aPointIsRunAtItsLinkSpeedWithItsStore() throws IOException {
    Path out = directory.resolve("sweep");
    String[] sweep = {
      "sweep",
      "--trace",
      series.toString(),
      "--method",
      "none",
      "--bandwidth",
      "2.5Gbit",
      "--store",
      "criu-naive",
      "--pace",
      "asap",
      "--warmup",
      "0",
      "--base",
      "skip",
      "--out",
      out.toString()
    };
    assertEquals(0, run(sweep), error());
    Path runs = out.resolve("small_none_own_2500mbit_criu-naive_asap-skip_t001/runs.csv");
    RunRow row = RowReader.all(runs, RunRow.class).getFirst();
    assertEquals(2_500_000_000L, row.network().linkBitsPerSecond());
    assertEquals("imitated", row.network().linkKind());
    assertEquals("criu-naive", row.storage().store());
    Long recoveryNs = row.storage().recoveryNs();
    assertTrue(recoveryNs != null && recoveryNs > 0);
    try (Stream<Path> left = Files.list(out)) {
      assertEquals(
          List.of(),
          left.filter(file -> file.getFileName().toString().endsWith(".store")).toList());
    }
  }

  /** A method that fails must not stop the others, nor pass for done when the sweep is resumed. */
  @ParameterizedTest
  @ValueSource(strings = {"send", "skip"})
  void aFailingMethodDoesNotStopTheOthers(String base) throws IOException {
    Path out = directory.resolve("sweep");
    String[] sweep = {
      "sweep",
      "--trace",
      series.toString(),
      "--method",
      "miscounting",
      "--method",
      "none",
      "--pace",
      "asap",
      "--warmup",
      "0",
      "--base",
      base,
      "--out",
      out.toString()
    };
    assertEquals(1, run(sweep));
    String error = error();
    assertTrue(error.contains("1 of 2 points failed"), error);
    assertTrue(Files.exists(out.resolve("small_none_own_asap-" + base + "_t001/runs.csv")), error);
    assertFalse(Files.exists(out.resolve("small_miscounting_own_asap-" + base + "_t001")));
    assertTrue(Files.exists(out.resolve("small_miscounting_own_asap-" + base + "_t001.failed")));
    assertEquals(1, run("sweep", "--resume", "--out", out.toString()));
    assertTrue(error().contains("1 of 2 points failed"), error());
  }
}
