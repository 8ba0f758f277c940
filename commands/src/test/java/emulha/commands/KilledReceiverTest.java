package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Receivers as processes, killed with SIGKILL at random. Without this, a store could need what a
 * receiver does when it ends well.
 */
@Timeout(300)
@Order(1)
class KilledReceiverTest {
  static {
    ThisProgram.isStartedBy(Main.class);
  }

  private static final int RAM_PAGES = 512;
  private static final int CHECKPOINTS = 240;

  @TempDir Path directory = Path.of("");
  private Path series = Path.of("");
  private final List<byte[]> images = new ArrayList<>();

  @BeforeEach
  void writeSeries() throws IOException {
    series = directory.resolve("series");
    images.addAll(
        MadeSeries.random(
            series, RAM_PAGES, CHECKPOINTS, new Random(29), KilledReceiverTest::state));
  }

  private static byte[] state(int checkpoint) {
    return ("state " + checkpoint).getBytes(StandardCharsets.UTF_8);
  }

  private static int run(ByteArrayOutputStream printed, String... args) {
    var stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Main(stream, stream).run(args);
  }

  @ParameterizedTest
  @CsvSource({"file,4", "criu,2", "criu-naive,2"})
  void theLastCompleteCheckpointSurvives(String kind, int rounds) throws Exception {
    var random = new Random(9);
    Set<Integer> seen = new HashSet<>();
    for (int round = 0; round < rounds; round++) {
      String store = kind + ":" + directory.resolve(kind + round);
      int acknowledged =
          killReceiver(store, random.nextInt(1, 120), directory.resolve("r" + round));
      Path image = directory.resolve("image");
      var printed = new ByteArrayOutputStream();
      int code = run(printed, "recover", store, "--out", image.toString());
      String said = printed.toString(StandardCharsets.UTF_8);
      assertEquals(0, code, said);
      var matcher = Pattern.compile("checkpoint (\\d+), digest").matcher(said);
      assertTrue(matcher.find(), said);
      int held = Integer.parseInt(matcher.group(1));
      seen.add(held);
      // What was reported stored is there; at most one more was stored and not yet reported.
      assertTrue(held >= acknowledged, held + " after " + acknowledged + " was reported stored");
      assertArrayEquals(images.get(held + 1), Files.readAllBytes(image));
      assertArrayEquals(state(held), Files.readAllBytes(directory.resolve("image.state")));
    }
    assertTrue(seen.size() > 1, "all kills met the same checkpoint: " + seen);
  }

  /**
   * Sends to a receiver in a process of its own, and kills that once so many checkpoints are
   * stored.
   *
   * @return number of the last checkpoint that the receiver reported stored
   */
  private int killReceiver(String store, int checkpoints, Path out) throws Exception {
    List<String> command = new ArrayList<>(ThisProgram.commandLine());
    command.addAll(List.of("emulharcv", "--listen", "127.0.0.1:0", "--store", store));
    Process receiver =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    int[] last = {-1};
    try (var lines =
        new BufferedReader(
            new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      assertTrue(line != null && line.startsWith("emulharcv listens on "), String.valueOf(line));
      String[] words = line.split("[ :]");
      var options =
          new SenderOptions(
              "run",
              new SenderOptions.Peer(
                  new InetSocketAddress(
                      InetAddress.getLoopbackAddress(), Integer.parseInt(words[words.length - 1])),
                  Duration.ofSeconds(30),
                  Security.NONE,
                  0),
              List.of(Series.at(series)),
              new Terms(Method.parse("lz4"), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
              1,
              Warmup.NONE,
              0);
      try {
        Sender.run(
            options,
            row -> {
              last[0] = (int) row.key().number().checkpoint();
              if (last[0] == checkpoints) {
                receiver.destroyForcibly();
              }
            });
      } catch (IOException e) {
        // The receiver is gone, as wanted, unless it came to this before.
        if (last[0] < checkpoints) {
          throw e;
        }
      }
    } finally {
      receiver.destroyForcibly().waitFor();
    }
    Files.createDirectories(out);
    return last[0];
  }
}
