package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.commands.terminal.ThisProgram;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.MadeSeries;
import emulha.traces.Series;
import emulha.wire.Security;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails while a receiver keeps checkpoints in files: its store lies on a small file
 * system in a file, of which copies are taken at random instants, so each holds what a disk would
 * have then, and nothing that was only in the system's memory. Without this, the order in which the
 * store forces its files to the disk could be wrong and nobody would notice: a killed process loses
 * nothing that the system has.
 *
 * <p>{@code -Demulha.powercuts=50} takes so many. Needs root and loop devices, since only then can
 * a file be mounted.
 */
@Timeout(1200)
class PowerCutTest {
  private static final int CUTS = Integer.getInteger("emulha.powercuts", 5);
  private static final int RAM_PAGES = 512;
  private static final int CHECKPOINTS = CUTS * 8;
  private static final int DISK_BYTES = 24 << 20;

  @TempDir Path directory = Path.of("");
  private Path disk = Path.of("");
  private Path mounted = Path.of("");
  private final List<byte[]> images = new ArrayList<>();
  private final Outcomes outcomes = new Outcomes();
  private final Random random = new Random(0x9043L);

  private static int system(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static boolean there(String command) {
    return List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
        .anyMatch(place -> Files.isExecutable(Path.of(place, command)));
  }

  @BeforeEach
  void makeDisk() throws Exception {
    Assumptions.assumeTrue(
        there("mkfs.ext4") && there("mount"), "mkfs.ext4 or mount is not installed (e2fsprogs)");
    disk = directory.resolve("disk");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
    }
    assertEquals(0, system("mkfs.ext4", "-q", "-F", disk.toString()));
    mounted = Files.createDirectory(directory.resolve("mounted"));
    Assumptions.assumeTrue(
        system("mount", "-o", "loop", disk.toString(), mounted.toString()) == 0,
        "cannot mount a file; needs root and loop devices");
    assertEquals(0, system("umount", mounted.toString()));
  }

  private Series writeSeries() throws IOException {
    Path path = directory.resolve("series");
    images.addAll(MadeSeries.random(path, RAM_PAGES, CHECKPOINTS, random, checkpoint -> null));
    return Series.at(path);
  }

  /** What became of the copies. */
  private static final class Outcomes {
    int right;
    int nothingYet;
    final List<String> wrong = new ArrayList<>();
  }

  @Test
  void theLastStoredCheckpointSurvivesThePowerCut(TestReporter reporter) throws Exception {
    Series series = writeSeries();
    assertEquals(0, system("mount", "-o", "loop", disk.toString(), mounted.toString()));
    try {
      replay(series);
    } finally {
      assertEquals(0, system("umount", mounted.toString()));
    }
    reporter.publishEntry(
        "power cuts",
        "%d: %d recovered the last stored checkpoint, %d before the first was stored, %d wrong"
            .formatted(CUTS, outcomes.right, outcomes.nothingYet, outcomes.wrong.size()));
    System.out.printf(
        "power cuts: %d taken, %d recovered right, %d before the base was stored, %d wrong%n",
        CUTS, outcomes.right, outcomes.nothingYet, outcomes.wrong.size());
    assertEquals(List.of(), outcomes.wrong);
    assertEquals(CUTS, outcomes.right + outcomes.nothingYet);
    assertTrue(outcomes.right > CUTS / 2, "most cuts come after the base");
  }

  private void replay(Series series) throws Exception {
    List<String> command = new ArrayList<>(ThisProgram.commandLine());
    command.addAll(
        List.of(
            "emulharcv",
            "--listen",
            "127.0.0.1:0",
            "--timeout",
            "300s",
            "--store",
            "file:" + mounted.resolve("store")));
    Process receiver =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var stored = new AtomicInteger(-1);
    var cutter = new Cutter(receiver.pid(), stored);
    Thread cutting = Thread.ofPlatform().daemon().unstarted(cutter);
    try (var lines =
        new BufferedReader(
            new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      assertTrue(line != null && line.startsWith("emulharcv listens on "), String.valueOf(line));
      var options =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(
                  new InetSocketAddress(
                      InetAddress.getLoopbackAddress(),
                      Integer.parseInt(line.substring(line.lastIndexOf(':') + 1))),
                  Duration.ofMinutes(5),
                  Security.NONE,
                  0),
              List.of(series),
              new Terms(Method.parse("lz4"), Pace.ASAP, Base.SEND, true, Link.AS_IT_IS),
              1,
              Warmup.NONE,
              0);
      cutting.start();
      Sender.run(
          options,
          row -> {
            int number = (int) row.key().number().checkpoint();
            // The base is stored with the first checkpoint.
            if (number >= 0) {
              stored.set(number);
              cutter.next(number);
            }
          });
      cutting.join();
      assertEquals(0, receiver.waitFor());
    } finally {
      receiver.destroyForcibly().waitFor();
    }
    if (cutter.failure != null) {
      throw cutter.failure;
    }
  }

  /** Stops the receiver at random instants, copies its disk, and lets it go on. */
  private final class Cutter implements Runnable {
    private final long pid;
    private final AtomicInteger stored;
    private final Random instants = new Random(0xc07);
    private final AtomicInteger taken = new AtomicInteger();
    private volatile Exception failure;

    Cutter(long pid, AtomicInteger stored) {
      this.pid = pid;
      this.stored = stored;
    }

    /** Keeps the sender from being through before all cuts are taken. */
    void next(int checkpoint) {
      while (checkpoint / 8 > taken.get() && taken.get() < CUTS && failure == null) {
        Thread.onSpinWait();
      }
    }

    @Override
    public void run() {
      try {
        while (taken.get() < CUTS) {
          // The first comes at the beginning, when not even the base is there.
          int from = taken.get() * 8 - instants.nextInt(1, 9);
          while (taken.get() > 0 && stored.get() < from) {
            Thread.onSpinWait();
          }
          for (int i = instants.nextInt(200_000); i > 0; i--) {
            Thread.onSpinWait();
          }
          cut();
          taken.incrementAndGet();
        }
      } catch (Exception e) {
        failure = e;
      }
    }

    private void cut() throws Exception {
      int before = stored.get();
      assertEquals(0, system("kill", "-STOP", Long.toString(pid)));
      Path copy = directory.resolve("copy");
      try {
        copyAsItIs(copy);
      } finally {
        assertEquals(0, system("kill", "-CONT", Long.toString(pid)));
      }
      examine(copy, before);
    }
  }

  /** What is on the disk at one instant: until two copies are equal, the system was writing. */
  private void copyAsItIs(Path copy) throws IOException {
    byte[] one = Files.readAllBytes(disk);
    for (byte[] two = Files.readAllBytes(disk);
        !Arrays.equals(one, two);
        two = Files.readAllBytes(disk)) {
      one = two;
    }
    Files.write(copy, one);
  }

  /**
   * Mounts a copy, as after the power is back, and recovers.
   *
   * @param before the last checkpoint that was reported stored before; negative for none
   */
  private void examine(Path copy, int before) throws Exception {
    Path there = Files.createDirectories(directory.resolve("recovered"));
    assertEquals(0, system("mount", "-o", "loop", copy.toString(), there.toString()));
    try {
      Path image = directory.resolve("image");
      Files.deleteIfExists(image);
      var printed = new ByteArrayOutputStream();
      var stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
      int code =
          new Main(stream, stream)
              .run("recover", "file:" + there.resolve("store"), "--out", image.toString());
      String said = printed.toString(StandardCharsets.UTF_8);
      outcome(code, said, image, before);
    } finally {
      assertEquals(0, system("umount", there.toString()));
    }
  }

  private void outcome(int code, String said, Path image, int before) throws IOException {
    Matcher held = Pattern.compile("(?:checkpoint (\\d+)|the base), digest").matcher(said);
    if (code != 0) {
      assertFalse(Files.exists(image), said);
      if (before < 0) {
        outcomes.nothingYet++;
      } else {
        outcomes.wrong.add("after " + before + ": " + said);
      }
    } else if (!held.find()) {
      outcomes.wrong.add("after " + before + ": " + said);
    } else {
      int number = held.group(1) == null ? -1 : Integer.parseInt(held.group(1));
      if (number < before) {
        outcomes.wrong.add("%d recovered after %d was stored".formatted(number, before));
      } else {
        assertArrayEquals(images.get(number + 1), Files.readAllBytes(image));
        outcomes.right++;
      }
    }
  }
}
