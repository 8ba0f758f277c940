package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import emulha.commands.terminal.ThisProgram;
import emulha.testsupport.MadeSeries;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sender and receiver as processes, of which one is killed with signal 9 at a random instant of an
 * endless run. The property {@code emulha.kills} says how often, {@value #FEW} times each if it is
 * not set. Without this, a process that ends without a word could leave a wrong image, or results
 * that look whole.
 */
final class KilledEndsTest {
  private static final int FEW = 2;
  private static final int KILLS = Integer.getInteger("emulha.kills", FEW);

  /** Longest time from a sender's first checkpoints until a kill. */
  private static final int LATEST_MS = 400;

  private static final Pattern FAILED_OVER =
      Pattern.compile("failed over: (?:nothing|the base|checkpoint (\\d+)),");

  @TempDir Path directory;
  private Path series = Path.of("");

  @BeforeEach
  void writeSeries() throws IOException {
    series = MadeSeries.small(directory.resolve("small"));
  }

  private static Process start(Path errors, List<String> options) throws IOException {
    List<String> command = new ArrayList<>(ThisProgram.commandLine());
    command.addAll(options);
    return new ProcessBuilder(command).redirectError(errors.toFile()).start();
  }

  private byte[] imageAt(long checkpoint) throws IOException {
    Path file = directory.resolve("image-at-" + checkpoint);
    if (Files.notExists(file)) {
      var none = new PrintStream(ByteArrayOutputStream.nullOutputStream());
      List<String> command =
          new ArrayList<>(List.of("traces", "image", series.toString(), "--out", file.toString()));
      command.addAll(List.of("--at", checkpoint < 0 ? "base" : Long.toString(checkpoint)));
      assertEquals(0, new Main(none, none).run(command.toArray(String[]::new)));
    }
    return Files.readAllBytes(file);
  }

  private static List<String> results(Path out) throws IOException {
    if (Files.notExists(out)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(out)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .toList();
    }
  }

  /** A round's two processes and files. */
  private final class Round implements AutoCloseable {
    final Path errors = directory.resolve("receiver.err");
    final Path image;
    final Path out;
    final Path senderErrors = directory.resolve("sender.err");
    final Process receiver;
    final Process sender;

    Round(int number) throws Exception {
      image = directory.resolve("image" + number);
      out = directory.resolve("out" + number);
      receiver =
          start(
              errors,
              List.of("emulharcv", "--listen", "127.0.0.1:0", "--image-out", image.toString()));
      BufferedReader said = receiver.inputReader(StandardCharsets.UTF_8);
      String address = said.readLine().replaceFirst(".* ", "");
      sender =
          start(
              senderErrors,
              List.of(
                  "emulhacp",
                  "--to",
                  address,
                  "--trace",
                  series.toString(),
                  "--method",
                  "delta",
                  "--pace",
                  "asap",
                  "--warmup",
                  "0",
                  "--trials",
                  "1000000",
                  "--out",
                  out.toString()));
      // From here on a session is running; before, a killed sender is none that the receiver lost.
      while (sender.isAlive() && !Files.readString(errors).contains("protected: ")) {
        Thread.onSpinWait();
      }
    }

    /** Waits for {@code ms}, at whose end the sender must still be replaying. */
    void letRun(int ms) throws Exception {
      if (sender.waitFor(ms, TimeUnit.MILLISECONDS)) {
        fail(
            "the sender ended by itself, exit code %d; it said: %s; the receiver said: %s"
                .formatted(
                    sender.exitValue(), Files.readString(senderErrors), Files.readString(errors)));
      }
    }

    @Override
    public void close() {
      sender.destroyForcibly().onExit().join();
      receiver.destroyForcibly().onExit().join();
    }
  }

  @Test
  @Timeout(1800)
  void aKilledSenderLeavesTheLastCompleteCheckpoint() throws Exception {
    var random = new Random(0x9L);
    int images = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      try (var round = new Round(kill)) {
        round.letRun(random.nextInt(LATEST_MS));
        round.sender.destroyForcibly().waitFor();
        assertTrue(round.receiver.waitFor(60, TimeUnit.SECONDS));
        String said = Files.readString(round.errors);
        assertEquals(List.of(), results(round.out));
        Matcher failedOver = FAILED_OVER.matcher(said);
        if (!failedOver.find()) {
          // Killed between two replays.
          assertTrue(Files.notExists(round.image), said);
          continue;
        }
        assertEquals(1, round.receiver.exitValue(), said);
        if (failedOver.group().contains("nothing")) {
          assertTrue(Files.notExists(round.image), said);
        } else {
          images++;
          String number = failedOver.group(1);
          long checkpoint = number == null ? -1 : Long.parseLong(number);
          assertArrayEquals(imageAt(checkpoint), Files.readAllBytes(round.image), said);
        }
      }
    }
    System.out.printf("senders killed: %d, of these %d with an image, all right%n", KILLS, images);
  }

  @Test
  @Timeout(1800)
  void aKilledReceiverLeavesNoResults() throws Exception {
    var random = new Random(0x90L);
    for (int kill = 0; kill < KILLS; kill++) {
      try (var round = new Round(kill)) {
        round.letRun(random.nextInt(LATEST_MS));
        round.receiver.destroyForcibly().waitFor();
        assertTrue(round.sender.waitFor(60, TimeUnit.SECONDS));
        List<String> said =
            Files.readAllLines(round.senderErrors).stream()
                .filter(line -> !line.startsWith("WARNING: "))
                .toList();
        assertEquals(1, said.size(), said::toString);
        assertTrue(said.getFirst().startsWith("emulha emulhacp: "), said::toString);
        assertEquals(1, round.sender.exitValue(), said::toString);
        assertEquals(List.of(), results(round.out));
        assertTrue(Files.notExists(round.image));
      }
    }
    System.out.printf("receivers killed: %d, all senders said why in one line%n", KILLS);
  }
}
