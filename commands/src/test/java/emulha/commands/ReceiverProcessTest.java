package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.commands.terminal.ThisProgram;
import emulha.emulhacp.Sender;
import emulha.emulhacp.SenderOptions;
import emulha.emulharcv.stores.ImageDescription;
import emulha.memory.Page;
import emulha.runs.Base;
import emulha.runs.Link;
import emulha.runs.Pace;
import emulha.runs.Terms;
import emulha.runs.Warmup;
import emulha.testsupport.MadeSeries;
import emulha.testsupport.Requirements;
import emulha.traces.Series;
import emulha.wire.Security;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Receivers as processes that are told to end, or whose system gives them no more. Without this,
 * one could lose the last complete checkpoint, or live on and serve nobody.
 */
@Timeout(300)
class ReceiverProcessTest {
  static {
    ThisProgram.isStartedBy(Main.class);
  }

  private static final int BASE_PAGES = 64;

  @TempDir Path directory = Path.of("");
  private final List<byte[]> images = new ArrayList<>();

  /** A receiver, its port, and what it says. */
  private record Running(Process process, int port, Path errors) implements AutoCloseable {
    InetSocketAddress address() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    String said() throws IOException {
      return Files.readString(errors);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private Running start(List<String> jvm, String... options) throws IOException {
    return start(List.of(), jvm, options);
  }

  private Running start(List<String> within, List<String> jvm, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(within);
    command.addAll(ThisProgram.commandLine());
    command.addAll(command.indexOf("-cp"), jvm);
    command.addAll(List.of("emulharcv", "--listen", "127.0.0.1:0"));
    command.addAll(List.of(options));
    Path errors = directory.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    var lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = lines.readLine();
    assertTrue(line != null && line.startsWith("emulharcv listens on "), String.valueOf(line));
    return new Running(
        process, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)), errors);
  }

  /** A series of checkpoints of so many pages each, and its images. */
  private Series series(int ramPages, int... dirtyPages) throws IOException {
    Path path = directory.resolve("series");
    var random = new Random(0x5e1L);
    try (var series = new MadeSeries(path, ramPages, BASE_PAGES)) {
      for (int n = -1; n < dirtyPages.length; n++) {
        for (int pfn = 0; pfn < (n < 0 ? BASE_PAGES : dirtyPages[n]); pfn++) {
          byte[] page = new byte[Page.BYTES];
          random.nextBytes(page);
          series.add(pfn, page);
        }
        series.write(null);
      }
      images.addAll(series.finish());
    }
    return Series.at(path);
  }

  private static void send(Running receiver, Series series, IntConsumer stored) throws IOException {
    var options =
        new SenderOptions(
            "run",
            new SenderOptions.Peer(receiver.address(), Duration.ofSeconds(60), Security.NONE, 0),
            List.of(series),
            new Terms(Method.parse("none"), Pace.ASAP, Base.SKIP, true, Link.AS_IT_IS),
            1,
            Warmup.NONE,
            0);
    assertTrue(
        Sender.run(options, row -> stored.accept((int) row.key().number().checkpoint()))
            .proof()
            .verified());
  }

  private static int[] checkpoints(int count, int pages) {
    int[] all = new int[count];
    Arrays.fill(all, pages);
    return all;
  }

  @Test
  void oneThatIsTerminatedWritesItsImage() throws Exception {
    Series series = series(256, checkpoints(200, 20));
    Path image = directory.resolve("image");
    try (var receiver = start(List.of(), "--image-out", image.toString())) {
      var e =
          assertThrows(
              IOException.class,
              () ->
                  send(
                      receiver,
                      series,
                      checkpoint -> {
                        if (checkpoint == 10) {
                          receiver.process().destroy();
                        }
                      }));
      receiver.process().waitFor();
      assertTrue(String.valueOf(e.getMessage()).contains("the receiver was stopped"), e::toString);
      int held = (int) ImageDescription.of(image).checkpoint();
      assertTrue(held >= 10, "held " + held);
      assertArrayEquals(images.get(held + 1), Files.readAllBytes(image));
    }
  }

  /** A checkpoint that does not fit the heap, after two that do. */
  @Test
  void oneWithoutMemoryEndsInOneLineAndWritesItsImage() throws Exception {
    Series series = series(24_000, 50, 50, 24_000);
    Path image = directory.resolve("image");
    try (var receiver = start(List.of("-Xmx80m"), "--image-out", image.toString())) {
      var e = assertThrows(IOException.class, () -> send(receiver, series, checkpoint -> {}));
      assertTrue(String.valueOf(e.getMessage()).contains("out of memory"), e::toString);
      assertEquals(1, receiver.process().waitFor());
      List<String> lines =
          receiver.said().lines().filter(line -> line.startsWith("emulha emulharcv: out")).toList();
      assertEquals(1, lines.size(), receiver.said());
      assertTrue(!receiver.said().contains("\tat "), receiver.said());
      assertEquals(1, ImageDescription.of(image).checkpoint());
      assertArrayEquals(images.get(2), Files.readAllBytes(image));
    }
  }

  /**
   * Where the machine has memory but the receiver's group of processes has not, a claim of RAM that
   * was measured against the machine's would have the kernel kill the receiver, images and all.
   */
  @Test
  void theMemoryLimitOfItsGroupBoundsWhatASenderMayClaim() throws Exception {
    Path group = memoryGroup(200L << 20);
    try {
      var within = List.of("sh", "-c", "echo $$ > " + group + "/cgroup.procs; exec \"$@\"", "sh");
      try (var receiver = start(within, List.of())) {
        Series large = series(30_000);
        var e = assertThrows(IOException.class, () -> send(receiver, large, checkpoint -> {}));
        assertTrue(String.valueOf(e.getMessage()).contains("104857600"), e::toString);
        assertEquals(1, String.valueOf(e.getMessage()).lines().count());
        assertTrue(receiver.process().isAlive());
        directory = Files.createDirectory(directory.resolve("small"));
        send(receiver, series(2000, 100, 100), checkpoint -> {});
        receiver.process().destroyForcibly().waitFor();
      }
    } finally {
      Files.delete(group);
    }
  }

  /** A new group of processes that may have so much memory; skips the test where none can be. */
  private static Path memoryGroup(long bytes) throws IOException {
    Path hierarchies = Path.of("/sys/fs/cgroup");
    Path first = hierarchies.resolve("memory");
    boolean unified = !Files.isDirectory(first);
    Path group = (unified ? hierarchies : first).resolve("emulha-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(group);
      Files.writeString(
          group.resolve(unified ? "memory.max" : "memory.limit_in_bytes"), Long.toString(bytes));
    } catch (IOException e) {
      Files.deleteIfExists(group);
      Assumptions.abort("no group with a limit of memory can be made here: " + e);
    }
    return group;
  }

  private static long files(Running receiver) throws IOException {
    try (var open = Files.list(Path.of("/proc/" + receiver.process().pid() + "/fd"))) {
      return open.count();
    }
  }

  /** The soft limit, which can be raised again. */
  private static void limitFiles(Running receiver, long most) throws Exception {
    var prlimit =
        new ProcessBuilder(
                "prlimit",
                "--pid",
                Long.toString(receiver.process().pid()),
                "--nofile=" + most + ":")
            .inheritIO()
            .start();
    assertEquals(0, prlimit.waitFor());
  }

  /** Without this, one who opens connections enough would end a receiver and its image. */
  @Test
  void oneWithoutFileDescriptorsServesAgainWhenThereAreSome() throws Exception {
    Requirements.programs("prlimit");
    Series series = series(256, 20, 20, 20);
    try (var receiver = start(List.of(), "--keep")) {
      send(receiver, series, checkpoint -> {});
      limitFiles(receiver, files(receiver) + 4);
      List<Socket> crowd = new ArrayList<>();
      try {
        while (!receiver.said().contains("cannot take a connection")) {
          assertTrue(crowd.size() < 5000 && receiver.process().isAlive(), receiver.said());
          try {
            crowd.add(new Socket(InetAddress.getLoopbackAddress(), receiver.port()));
          } catch (ConnectException e) {
            throw new AssertionError("refused: " + receiver.said(), e);
          }
        }
      } finally {
        for (Socket one : crowd) {
          one.close();
        }
      }
      limitFiles(receiver, files(receiver) + 100);
      send(receiver, series, checkpoint -> {});
      assertTrue(receiver.process().isAlive(), receiver.said());
    }
  }
}
