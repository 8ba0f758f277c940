package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.files.Partial;
import emulha.files.Scratch;
import emulha.files.Tree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What processes leave behind. Without this, each killed sweep or recording would fill a little
 * more of {@code /tmp} and {@code /dev/shm}, up to a guest's whole RAM, and guests would run on.
 */
final class LeftoversTest {
  /** No system gives so high a number. */
  private static final String NOBODY = "emulha-1999999999.x";

  @TempDir Path directory;
  private Path temporary = Path.of("");
  private Path elsewhere = Path.of("");

  @BeforeEach
  void makeDirectories() throws IOException {
    temporary = Files.createDirectory(directory.resolve("tmp"));
    elsewhere = Files.createDirectory(directory.resolve("shm"));
  }

  private static List<Path> in(Path place) throws IOException {
    try (Stream<Path> content = Files.list(place)) {
      return content.toList();
    }
  }

  private Process hold() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            ScratchHolder.class.getName(),
            elsewhere.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static ProcessHandle below(BufferedReader output) throws IOException {
    return ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
  }

  private static void awaitEnd(ProcessHandle process) throws Exception {
    process.onExit().get(30, TimeUnit.SECONDS);
  }

  @Test
  @Timeout(120)
  void theNextTakesAwayWhatAKilledOneLeft() throws Exception {
    Process holder = hold();
    try (BufferedReader output = holder.inputReader()) {
      ProcessHandle below = below(output);
      Scratch.sweep(temporary);
      assertEquals(1, in(temporary).size(), "what is in use stays");
      assertEquals(2, in(elsewhere).size());
      assertTrue(below.isAlive());

      holder.destroyForcibly().waitFor();
      assertEquals(1, in(temporary).size(), "nobody could take it away yet");
      Scratch.sweep(temporary);
      assertEquals(List.of(), in(temporary));
      assertEquals(List.of(), in(elsewhere));
      awaitEnd(below);
    } finally {
      holder.destroyForcibly();
    }
  }

  /** Nobody may ever start emulha again. */
  @Test
  @Timeout(120)
  void onASignalThatItHearsOfAProcessLeavesNothing() throws Exception {
    Process holder = hold();
    try (BufferedReader output = holder.inputReader()) {
      ProcessHandle below = below(output);
      holder.destroy();
      assertTrue(holder.waitFor(60, TimeUnit.SECONDS));
      assertEquals(List.of(), in(temporary));
      assertEquals(List.of(), in(elsewhere));
      awaitEnd(below);
    } finally {
      holder.destroyForcibly();
    }
  }

  /** Numbers come again: a program of the user's must not die for one that had its number. */
  @Test
  void aProcessThatOnlyHasTheNumberLives() throws Exception {
    Process other = new ProcessBuilder("sleep", "600").start();
    try {
      Path left = Files.createDirectory(temporary.resolve(NOBODY));
      Files.createFile(left.resolve("lock"));
      long start = other.info().startInstant().orElseThrow().toEpochMilli();
      Files.writeString(
          left.resolve("elsewhere"), "process %d %d\n".formatted(other.pid(), start - 3_600_000));
      Scratch.sweep(temporary);
      assertEquals(List.of(), in(temporary));
      assertTrue(other.isAlive());
    } finally {
      other.destroyForcibly();
    }
  }

  /**
   * A disk that was full cuts a note off: what is left of it may name a directory above what it was
   * to name, or half a process, and so may what it and the next one are together.
   */
  @Test
  void aNoteThatWasCutOffTakesNothingAway() throws IOException {
    Path precious = Files.createDirectory(directory.resolve("thesis"));
    Files.writeString(precious.resolve("chapter1.tex"), "x");
    for (String notes :
        List.of("path " + precious, "process ", "process 1process 2 3\n", "process\nprocess 1\n")) {
      Path left = Files.createDirectory(temporary.resolve(NOBODY));
      Files.createFile(left.resolve("lock"));
      Files.writeString(left.resolve("elsewhere"), notes);
      Scratch.sweep(temporary);
      assertEquals(List.of(), in(temporary), notes);
    }
    assertTrue(Files.exists(precious.resolve("chapter1.tex")));
  }

  /** A command that is told to end removes its own while the end of the JVM does. */
  @Test
  @Timeout(60)
  void twoMayRemoveTheSame() throws Exception {
    for (int round = 0; round < 20; round++) {
      Path root = Files.createDirectory(temporary.resolve("round" + round));
      for (int i = 0; i < 200; i++) {
        Files.createFile(Files.createDirectory(root.resolve("d" + i)).resolve("f"));
      }
      var both =
          List.of(new FutureTask<>(() -> remove(root)), new FutureTask<>(() -> remove(root)));
      both.forEach(one -> Thread.ofPlatform().start(one));
      for (FutureTask<Boolean> one : both) {
        assertTrue(one.get());
      }
      assertFalse(Files.exists(root));
    }
  }

  private static boolean remove(Path root) throws IOException {
    Tree.delete(root);
    return true;
  }

  /** Somebody else's data, and a process that has its directory but not yet its lock. */
  @Test
  void whatIsNotLeftBehindStays() throws IOException {
    Path data = Files.createDirectory(temporary.resolve("emulha-data.1"));
    Path starting =
        Files.createDirectory(
            temporary.resolve("emulha-%d.x".formatted(ProcessHandle.current().pid())));
    Path fresh = Files.createDirectory(temporary.resolve(NOBODY));
    Path old = Files.createDirectory(temporary.resolve(NOBODY + "y"));
    FileTime longAgo = FileTime.from(System.currentTimeMillis() - 3_600_000, TimeUnit.MILLISECONDS);
    Files.setLastModifiedTime(starting, longAgo);
    Files.setLastModifiedTime(old, longAgo);
    Scratch.sweep(temporary);
    assertTrue(Files.exists(data));
    assertTrue(Files.exists(starting));
    assertTrue(Files.exists(fresh));
    assertFalse(Files.exists(old));
  }

  /** One killed, and the next at the same place: what it has made so far is not the first's. */
  @Test
  void whatAnotherWorksOnStays() throws IOException {
    Path left = Files.createDirectory(temporary.resolve(NOBODY));
    Files.createFile(left.resolve("lock"));
    Path room = Files.createDirectory(directory.resolve(".results.partial"));
    Files.writeString(left.resolve("elsewhere"), "partial " + room + "\n");
    Files.writeString(Files.createDirectory(room.resolve("results")).resolve("runs.csv"), "x");
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                ScratchHolder.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = other.inputReader()) {
      ProcessHandle below = below(output);
      Scratch.sweep(temporary);
      assertFalse(Files.exists(left));
      assertTrue(Files.exists(room.resolve("results/runs.csv")));
      below.destroyForcibly();
    } finally {
      other.destroyForcibly();
    }
  }

  /** A link to what is precious must not be followed. */
  @Test
  void linksAreNotFollowed() throws IOException {
    Path precious = Files.createDirectory(directory.resolve("thesis"));
    Files.writeString(precious.resolve("chapter1.tex"), "x");
    Path left = Files.createDirectory(temporary.resolve(NOBODY));
    Files.createFile(left.resolve("lock"));
    Files.createSymbolicLink(left.resolve("link"), precious);
    Files.createSymbolicLink(temporary.resolve(NOBODY + "z"), precious);
    Scratch.sweep(temporary);
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(precious.resolve("chapter1.tex")));
  }

  /** A killed demo, recording or import into a place, and the next into the same. */
  @Test
  void whatIsInTheMakingIsOfOneAtATimeAndLeavesNothing() throws IOException {
    Path target = directory.resolve("results");
    Path remains = Files.createDirectories(directory.resolve(".results.partial/results"));
    Files.writeString(remains.resolve("runs.csv"), "half a ro");
    try (var partial = Partial.of(target)) {
      assertFalse(Files.exists(partial.path()));
      Files.createDirectory(partial.path());
      Files.writeString(partial.path().resolve("runs.csv"), "whole");
      String refusal = assertThrows(IOException.class, () -> Partial.of(target)).getMessage();
      assertTrue(refusal.contains("another emulha is writing there"), refusal);
      assertTrue(Files.exists(partial.path().resolve("runs.csv")));
      partial.commit();
    }
    assertEquals("whole", Files.readString(target.resolve("runs.csv")));
    try (var abandoned = Partial.of(directory.resolve("other"))) {
      Files.createDirectory(abandoned.path());
    }
    assertEquals(
        List.of("results", "shm", "tmp"),
        in(directory).stream().map(path -> path.getFileName().toString()).sorted().toList());
  }
}
