package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.commands.terminal.ThisProgram;
import emulha.metrics.RunRow;
import emulha.metrics.columns.RowReader;
import emulha.testsupport.MadeSeries;
import emulha.testsupport.Requirements;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Without this, a testbed that failed could leave hosts and interfaces on a machine for ever. */
@Timeout(240)
final class TestbedTest extends CommandTest {
  static {
    ThisProgram.isStartedBy(Main.class);
  }

  @TempDir Path directory;

  @BeforeEach
  void requireTools() throws Exception {
    Requirements.root();
    Requirements.programs("ip", "tc");
    String probe = "emulha-probe-" + ProcessHandle.current().pid();
    Assumptions.assumeTrue(
        new ProcessBuilder("ip", "netns", "add", probe).start().waitFor() == 0,
        "the kernel allows no network namespaces");
    assertEquals(0, new ProcessBuilder("ip", "netns", "del", probe).start().waitFor());
  }

  /** The namespaces that a process has made and not taken away. */
  private static List<String> namespaces(long pid) throws IOException {
    Process process = new ProcessBuilder("ip", "netns", "list").start();
    try (var lines = process.inputReader(StandardCharsets.UTF_8).lines()) {
      return lines.filter(line -> line.startsWith("emulha-" + pid + "-")).toList();
    }
  }

  private static long own() {
    return ProcessHandle.current().pid();
  }

  private String[] command(Path out) throws IOException {
    Path series = MadeSeries.small(directory.resolve("small"));
    return new String[] {
      "testbed",
      "--rate",
      "200mbit",
      "--out",
      out.toString(),
      "--",
      "--trace",
      series.toString(),
      "--method",
      "none",
      "--interval",
      "10ms",
      "--warmup",
      "0",
      "--base",
      "skip"
    };
  }

  @Test
  void aSweepRunsThereAndNothingIsLeft() throws IOException {
    Path out = directory.resolve("out");
    assertEquals(0, run(command(out)), said());
    assertEquals(List.of(), namespaces(own()));
    Path run = out.resolve("small_none_10ms_realtime-skip_t001/runs.csv");
    RunRow row = RowReader.all(run, RunRow.class).getFirst();
    assertTrue(row.proof().verified());
    assertEquals("token", row.network().security());
    assertEquals("shaped", row.network().linkKind());
    assertEquals(200_000_000L, row.network().linkBitsPerSecond());
    String description = Files.readString(out.resolve("testbed.json"));
    assertTrue(description.contains("rate 200Mbit burst 64Kb lat 20ms"), description);
    assertEquals(
        List.of("command", "rate", "burst", "latency", "statistics"),
        description
            .lines()
            .filter(line -> line.startsWith("  \""))
            .map(line -> line.split("\"", -1)[1])
            .toList());
    assertTrue(Files.exists(out.resolve("figures/transfer-time.png")), said());
  }

  @Test
  void whatTcRefusesIsOneLineAndNothingIsLeft() throws IOException {
    assertEquals(1, run("testbed", "--rate", "1gbitt", "--out", directory.toString()));
    assertTrue(said().contains("tc ") && said().contains("1gbitt"), said());
    assertEquals(1, said().lines().count(), said());
    assertEquals(List.of(), namespaces(own()));
    assertEquals(1, run("testbed", "--rate", "1; reboot", "--out", directory.toString()));
    assertTrue(said().contains("got '1; reboot'"), said());
  }

  /** Not even when nothing of the program can run any more. */
  @Test
  void killedItLeavesNothing() throws Exception {
    List<String> command = new ArrayList<>(ThisProgram.commandLine());
    command.addAll(List.of(command(directory.resolve("out"))));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      while (process.isAlive() && namespaces(process.pid()).size() < 2) {
        Thread.onSpinWait();
      }
      assertTrue(process.isAlive());
      List<ProcessHandle> cleaners = process.children().filter(child -> isCleaner(child)).toList();
      assertFalse(cleaners.isEmpty());
      process.destroyForcibly().waitFor();
      for (ProcessHandle cleaner : cleaners) {
        cleaner.onExit().get(60, TimeUnit.SECONDS);
      }
      assertEquals(List.of(), namespaces(process.pid()));
    } finally {
      process.destroyForcibly();
    }
  }

  private static boolean isCleaner(ProcessHandle process) {
    return process.info().command().map(c -> c.endsWith("sh")).orElse(false);
  }
}
