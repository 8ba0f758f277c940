package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import emulha.commands.terminal.ThisProgram;
import emulha.memory.DirtyPages;
import emulha.testsupport.Requirements;
import emulha.traces.Series;
import emulha.traces.SeriesVerifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recordings that are ended from outside, as the processes that users start. */
@Isolated("keeps intervals by the host's clock")
@Timeout(120)
final class InterruptedCaptureTest {
  static {
    ThisProgram.isStartedBy(Main.class);
  }

  /** Interrupts off, counts at 0x8000 for ever: cli; xor ax,ax; mov ds,ax; inc [0x8000]; jmp. */
  private static final String BOOT_SECTOR = "fa31c08ed8ff060080ebfa";

  @TempDir Path directory;

  /** Without it Ctrl-C would lose what was recorded, or leave the process stopped. */
  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aSignalEndsTheRecordingOfAProcess(String signal, int exit) throws Exception {
    Process recorded = new ProcessBuilder("sh", "-c", "while :; do i=$((i + 1)); done").start();
    try {
      Path series = directory.resolve("series");
      record(
          signal,
          exit,
          List.of(
              "process", Long.toString(recorded.pid()), "--interval", "5ms", series.toString()));
      requireIntact(series);
      requireWholeIntervals(series);
      assertTrue(recorded.isAlive());
      String stat = Files.readString(Path.of("/proc", Long.toString(recorded.pid()), "stat"));
      assertFalse(stat.contains(") T "), "the process must run again: " + stat);
    } finally {
      recorded.destroyForcibly().waitFor();
    }
  }

  /** Without it Ctrl-C would lose what was recorded, or leave a guest and its RAM behind. */
  @Test
  void aSignalEndsTheRecordingOfAGuest() throws Exception {
    Requirements.programs("qemu-system-x86_64");
    byte[] disk = Arrays.copyOf(HexFormat.of().parseHex(BOOT_SECTOR), 1 << 20);
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    Path guest = Files.createDirectory(directory.resolve("guest"));
    Files.write(guest.resolve("boot.img"), disk);
    Files.writeString(
        guest.resolve("guest.json"),
        """
        {"name": "counter", "workload": "counts", "memory_mib": 16, "disk": "boot.img",
         "settle_ms": 0}
        """);
    Path series = directory.resolve("series");
    List<ProcessHandle> children =
        record(
            "INT",
            130,
            List.of("qemu", "--clock", "host", "--vm", guest.toString(), series.toString()));
    requireIntact(series);
    assertFalse(children.isEmpty(), "QEMU ran");
    for (ProcessHandle child : children) {
      assertFalse(child.isAlive(), "left behind: " + child.info());
    }
  }

  /**
   * Records until there are some checkpoints, then sends the signal.
   *
   * @return the recorder's children when the signal was sent
   */
  private List<ProcessHandle> record(String signal, int exit, List<String> args) throws Exception {
    // A shell in the background ignores SIGINT, and so would what it starts.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(ThisProgram.commandLine());
    command.addAll(List.of("traces", "capture"));
    command.addAll(args);
    command.addAll(List.of("--checkpoints", "1000000"));
    Path log = directory.resolve("log");
    Process recorder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      while (!recorded("000003.ckpt")) {
        if (recorder.waitFor(20, TimeUnit.MILLISECONDS)) {
          fail("ended by itself: " + Files.readString(log, StandardCharsets.UTF_8));
        }
      }
      List<ProcessHandle> children = recorder.descendants().toList();
      Process kill =
          new ProcessBuilder("kill", "-" + signal, Long.toString(recorder.pid()))
              .inheritIO()
              .start();
      assertEquals(0, kill.waitFor());
      assertTrue(recorder.waitFor(60, TimeUnit.SECONDS), "must end");
      String said = Files.readString(log, StandardCharsets.UTF_8);
      assertEquals(exit, recorder.exitValue(), said);
      assertTrue(said.contains(" checkpoints of "), said);
      return children;
    } finally {
      recorder.destroyForcibly().waitFor();
    }
  }

  /** Whether a file of the series is there, under whatever name the series has meanwhile. */
  private boolean recorded(String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory, 3)) {
      return files.anyMatch(file -> file.endsWith(name));
    }
  }

  private static void requireIntact(Path series) throws IOException {
    SeriesVerifier.verify(series, emulha.traces.Progress.NONE);
    Series opened = Series.at(series);
    assertTrue(opened.info().checkpoints() >= 4, opened.info().toString());
  }

  /**
   * An interval that the signal cut short would be no checkpoint of that interval. What {@code
   * Pacing} promises of 5 ms: one that follows a long one is shorter by a fifth at most, and by
   * what a halt is thought to take, which changes by 0.1 ms from one to the next, up to half of it.
   */
  private static void requireWholeIntervals(Path series) throws IOException {
    var pages = new DirtyPages();
    long before = 0;
    long haltNs = 0;
    try (var cursor = Series.at(series).open()) {
      while (cursor.nextCheckpoint(pages)) {
        long ranNs = cursor.last().guestTimeNs() - before;
        assertTrue(ranNs >= 4_000_000 - haltNs, ranNs + " ns before " + cursor.last().sequence());
        before = cursor.last().guestTimeNs();
        haltNs = Math.min(haltNs + 100_000, 2_500_000);
      }
    }
  }
}
