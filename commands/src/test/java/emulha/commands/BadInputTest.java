package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.testsupport.MadeSeries;
import emulha.testsupport.Requirements;
import emulha.traces.CheckpointHeader;
import emulha.traces.Progress;
import emulha.traces.SeriesPacker;
import emulha.traces.SeriesWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What users get wrong: each is one line that says what and where, exit code 1 or 2, no stack
 * trace, and no file under a final name. Without this a failed run could leave results that look
 * right, or bury the reason.
 */
final class BadInputTest extends CommandTest {
  private static final Path SAMPLES =
      Path.of(System.getProperty("emulha.root"), "traces", "samples");
  private static final String REDIS = SAMPLES.resolve("redis-25ms.tar.zst").toString();
  private static final String FFMPEG = SAMPLES.resolve("ffmpeg-100ms.tar.zst").toString();

  @TempDir Path directory;
  private Path out = Path.of("");

  @BeforeEach
  void nameOutput() {
    out = directory.resolve("results");
  }

  private int reduce(String trace, String... more) {
    return run(
        Stream.concat(
                Stream.of("reduce", "--trace", trace, "--out", out.toString()), Arrays.stream(more))
            .toArray(String[]::new));
  }

  private void assertOneLine(String... parts) throws IOException {
    String error = error();
    assertEquals(1, error.lines().count(), error);
    assertTrue(error.startsWith("emulha "), error);
    assertFalse(error.contains("Exception"), error);
    for (String part : parts) {
      assertTrue(error.contains(part), error);
    }
    if (Files.exists(out)) {
      try (Stream<Path> files = Files.list(out)) {
        assertEquals(0, files.count());
      }
    }
  }

  /** Taken for 50 s, a time without its unit would burn a processor and never block. */
  @Test
  void impossibleTimesToSpin() throws IOException {
    for (String time : new String[] {"50", "2s", "0us", "-1us", "1.0001us"}) {
      assertEquals(2, run("emulharcv", "--listen", "127.0.0.1:0", "--spin", time));
      assertOneLine("--spin", time);
      assertEquals(
          2,
          run(
              "emulhacp",
              "--to",
              "127.0.0.1:1",
              "--trace",
              REDIS,
              "--method",
              "none",
              "--spin",
              time,
              "--out",
              out.toString()));
      assertOneLine("--spin", time);
    }
  }

  @Test
  void missingTrace() throws IOException {
    assertEquals(1, reduce("nowhere/at-all", "--method", "none"));
    assertOneLine("nowhere/at-all", "no such file");
  }

  @Test
  void notATrace() throws IOException {
    Path file = Files.writeString(directory.resolve("letter.txt"), "Dear reader");
    assertEquals(1, reduce(file.toString(), "--method", "none"));
    assertOneLine("letter.txt");
    assertEquals(1, reduce(directory.toString(), "--method", "none"));
    assertOneLine(directory.toString());
  }

  @Test
  void truncatedArchive() throws IOException {
    byte[] whole = Files.readAllBytes(Path.of(REDIS));
    Path cut = directory.resolve("cut.tar.zst");
    Files.write(cut, Arrays.copyOf(whole, whole.length * 2 / 3));
    assertEquals(1, reduce(cut.toString(), "--method", "none"));
    assertOneLine("cut.tar.zst");
    assertEquals(1, run("traces", "verify", cut.toString()));
    assertOneLine("cut.tar.zst");
  }

  @Test
  void flippedBit() throws IOException {
    Path series = directory.resolve("redis");
    SeriesPacker.unpack(Path.of(REDIS), series, Progress.NONE);
    Path checkpoint;
    try (Stream<Path> files = Files.list(series)) {
      checkpoint =
          files.filter(file -> file.toString().contains("7")).sorted().findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(checkpoint);
    bytes[bytes.length / 2] ^= 4;
    Files.write(checkpoint, bytes);
    assertEquals(1, reduce(series.toString(), "--method", "none", "--base", "skip"));
    assertOneLine(checkpoint.getFileName().toString());
    assertEquals(1, run("traces", "verify", series.toString()));
    assertOneLine(checkpoint.getFileName().toString());
  }

  @Test
  void unknownMethodKeyAndValue() throws IOException {
    assertEquals(2, reduce(REDIS, "--method", "gzap"));
    assertOneLine("unknown method 'gzap'", "available: ", "gzip");
    assertEquals(2, reduce(REDIS, "--method", "gzip:speed=6"));
    assertOneLine("'speed'", "level");
    assertEquals(2, reduce(REDIS, "--method", "gzip:level=11"));
    assertOneLine("'11'", "level");
  }

  @Test
  void intervalThatTheRecordingCannotGive() throws IOException {
    assertEquals(1, reduce(REDIS, "--method", "none", "--interval", "40ms"));
    assertOneLine("40", "25");
    assertEquals(2, reduce(REDIS, "--method", "none", "--interval", "fast"));
    assertOneLine("--interval", "'fast'");
  }

  @Test
  void vmsOfDifferentIntervals() throws IOException {
    assertEquals(1, reduce(REDIS, "--trace", FFMPEG, "--method", "none"));
    assertOneLine("redis-25ms", "ffmpeg-100ms", "interval");
  }

  @Test
  void resultsInTheOutputDirectory() throws IOException {
    assertEquals(0, reduce(REDIS, "--method", "none", "--base", "skip"));
    byte[] before = Files.readAllBytes(out.resolve("runs.csv"));
    assertEquals(1, reduce(REDIS, "--method", "gzip", "--base", "skip"));
    assertTrue(error().contains("results"));
    assertEquals(1, error().lines().count());
    assertTrue(Arrays.equals(before, Files.readAllBytes(out.resolve("runs.csv"))));
  }

  @Test
  void methodThatRestoresWrongContent() throws IOException {
    assertEquals(1, reduce(REDIS, "--method", "miscounting", "--base", "skip"));
    assertOneLine("miscounting", "redis-25ms");
  }

  @Test
  void missingAndMalformedOptions() throws IOException {
    assertEquals(2, run("reduce", "--trace", REDIS, "--out", out.toString()));
    assertOneLine("--method");
    assertEquals(
        2, run("reduce", "--trace", REDIS, "--out", out.toString(), "--native", "nowhere"));
    assertOneLine("--native nowhere: no such directory");
    assertEquals(2, run("emulharcv", "--listen", "7400"));
    assertOneLine("--listen", "HOST:PORT");
    assertEquals(2, reduce(REDIS, "--method", "none", "--base", "keep"));
    assertOneLine("--base", "send", "skip");
  }

  /** Without this, a typing error could open a machine's port to its whole network. */
  @Test
  void listeningToOtherMachinesTakesProtection() throws IOException {
    assertEquals(1, run("emulharcv", "--listen", "0.0.0.0:0", "--out", out.toString()));
    assertOneLine("0.0.0.0", "--token-file", "--tls", "127.0.0.1");
    Path secret = Files.writeString(directory.resolve("secret"), "short");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    assertEquals(1, run("emulharcv", "--listen", "0.0.0.0:0", "--token-file", secret.toString()));
    assertOneLine(secret.toString(), "at least 16 bytes");
    assertEquals(1, run("emulharcv", "--tls", directory.resolve("nowhere").toString()));
    assertOneLine("nowhere", "no such file");
    assertEquals(2, run("emulharcv", "--tls", "a", "--token-file", "b"));
    assertOneLine("--tls", "--token-file");
  }

  private int send(String... more) {
    return run(
        Stream.concat(
                Stream.of("emulhacp", "--to", "127.0.0.1:1", "--trace", REDIS, "--method", "none"),
                Stream.concat(Stream.of("--out", out.toString()), Arrays.stream(more)))
            .toArray(String[]::new));
  }

  @Test
  void networksThatThereAreNot() throws IOException {
    assertEquals(2, send("--bandwidth", "1Gb"));
    assertOneLine("--bandwidth", "1Gbit", "'1Gb'");
    assertEquals(2, send("--bandwidth", "0Gbit"));
    assertOneLine("--bandwidth");
    assertEquals(2, send("--latency", "0.2"));
    assertOneLine("--latency", "0.2ms", "'0.2'");
    assertEquals(2, send("--latency", "1Gbit"));
    assertOneLine("--latency");
    assertEquals(2, send("--latency", "11s"));
    assertOneLine("at most 10 s");
    assertEquals(2, send("--bandwidth", "0.5Kbit"));
    assertOneLine("1 Kbit to 1000 Gbit");
  }

  // 64 bits hold nothing of 2^44 MiB, and 1 MiB of 2^44 + 1: a limit that nobody asked for.
  @Test
  void moreMemoryThanCanBeCounted() throws IOException {
    for (String mib : new String[] {"0", "-1", "8796093022208", "17592186044417"}) {
      assertEquals(2, run("emulharcv", "--listen", "127.0.0.1:0", "--max-ram", mib));
      assertOneLine("--max-ram takes 1 to 8796093022207 (MiB), got '" + mib + "'");
    }
  }

  @Test
  void portInUse() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertEquals(1, run("emulharcv", "--listen", address, "--out", out.toString()));
      assertOneLine(address);
    }
  }

  @Test
  void nobodyListens() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertEquals(
        1,
        run(
            "emulhacp",
            "--to",
            "127.0.0.1:" + port,
            "--trace",
            REDIS,
            "--method",
            "none",
            "--connect",
            "1ms",
            "--out",
            out.toString()));
    assertOneLine("127.0.0.1:" + port);
  }

  /** Five minutes must not become five replays. */
  @Test
  void warmUpOfAnUnknownUnit() throws IOException {
    String[] replay = {"--trace", REDIS, "--method", "none", "--warmup", "5m"};
    String place = out.toString();
    assertEquals(
        2, run(with(new String[] {"emulhacp", "--to", "localhost:1", "--out", place}, replay)));
    assertOneLine("--warmup: ", "a time such as 5s", "'5m'");
    assertEquals(2, run(with(new String[] {"profile", "--out", place}, replay)));
    assertOneLine("--warmup: ", "a time such as 5s", "'5m'");
    assertEquals(2, run(with(new String[] {"sweep", "--out", place}, replay)));
    assertOneLine("a time such as 5s", "'5m'");
    assertFalse(Files.exists(out));
  }

  // Two demos would mix their rows, and the first to end would take the other's away.
  @Test
  void twoDemosIntoOneDirectory() throws IOException {
    Path partial = Files.createDirectories(directory.resolve(".figures.partial"));
    Files.writeString(partial.resolve("runs.csv"), "the other's");
    try (var channel =
            FileChannel.open(
                partial.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      assertTrue(lock.isValid());
      assertEquals(1, run("demo", "--out", directory.resolve("figures").toString()));
      assertOneLine("figures: another emulha is writing there", "another place");
      assertEquals("the other's", Files.readString(partial.resolve("runs.csv")));
    }
  }

  // Found out where the results are read, it costs all replays.
  @Test
  void demoOfTwoSeriesOfOneName() throws IOException {
    assertEquals(1, run("demo", "--trace", REDIS, "--trace", REDIS, "--out", out.toString()));
    assertOneLine("two series are called redis-25ms; rename one");
    assertFalse(Files.exists(out));
  }

  // Listed without a look, a sweep of a hundred points would fail at each of them.
  @Test
  void sweepsLookForTheirTracesFirst() throws IOException {
    String[] sweep = {"sweep", "--trace", "nowhere", "--trace", REDIS, "--method", "none"};
    assertEquals(1, run(with(sweep, "--dry-run")));
    assertOneLine("no such series: nowhere");
    assertEquals(1, run(with(sweep, "--out", out.toString())));
    assertOneLine("no such series: nowhere");
    assertFalse(Files.exists(out));
  }

  // The pool of threads refuses it without a word, and the forecast divides by it.
  @Test
  void sweepOfNoPointsAtOnce() throws IOException {
    String[] sweep = {"sweep", "--trace", REDIS, "--method", "none", "--reduce-only"};
    assertEquals(2, run(with(sweep, "--jobs", "0", "--out", out.toString())));
    assertOneLine("--jobs takes a number from 1 on, not '0'");
    assertEquals(2, run(with(sweep, "--jobs", "0", "--dry-run")));
    assertOneLine("--jobs");
    assertFalse(Files.exists(out));
  }

  // Passed over in silence, more trials of a sweep would be asked for and never made.
  @Test
  void optionsOfASweepThatIsNotMadeOfOptions() throws IOException {
    Path plan = Files.writeString(directory.resolve("plan.json"), "{}");
    String place = out.toString();
    assertEquals(2, run("sweep", "--plan", plan.toString(), "--trials", "3", "--out", place));
    assertOneLine("--plan and --trials exclude each other");
    assertEquals(2, run("sweep", "--resume", "--pace", "asap", "--base", "skip", "--out", place));
    assertOneLine("--pace, --base only with --trace and --method");
    assertEquals(2, run("testbed", "--reduce-only", "--out", place));
    assertOneLine("--reduce-only only with --trace and --method");
    assertFalse(Files.exists(out));
  }

  // A sweep over a link of two rates, or over one and none, would be two experiments in one place.
  @Test
  void sweepsThatAreGoneOnWithOverAnotherLink() throws IOException {
    Path begun = Files.createDirectory(directory.resolve("begun"));
    Files.writeString(begun.resolve("sweep.json"), "{}");
    assertEquals(1, run("testbed", "--resume", "--out", begun.toString()));
    assertOneLine("begun without a testbed", "emulha sweep --resume");
    Files.writeString(
        begun.resolve("testbed.json"),
        "{\"rate\": \"100mbit\", \"burst\": \"64kb\", \"latency\": \"20ms\"}");
    assertEquals(1, run("testbed", "--resume", "--out", begun.toString()));
    assertOneLine("latency 100mbit, 64kb, 20ms, now they are 1gbit, 64kb, 20ms");
    assertEquals(1, run("sweep", "--resume", "--out", begun.toString()));
    assertOneLine("begun over a testbed's link", "emulha testbed --resume");
  }

  @Test
  void demoDoesNotReplaceWhatIsNotItsOwn() throws IOException {
    Path precious = directory.resolve("thesis");
    Files.createDirectories(precious);
    Files.writeString(precious.resolve("chapter1.tex"), "\\chapter{}");
    assertEquals(1, run("demo", "--out", precious.toString()));
    assertOneLine("thesis", "--out");
    assertTrue(Files.exists(precious.resolve("chapter1.tex")));
  }

  /** An unknown unit must not become another limit, nor a sample of nothing an advice. */
  @Test
  void adviceOnNothing() throws IOException {
    String[] limits = {"advise", "--trace", REDIS, "--link", "1Gbit", "--out", out.toString()};
    assertEquals(2, run(with(limits, "--cpu", "10")));
    assertOneLine("--cpu takes a share such as 10%", "'10'");
    assertEquals(2, run(with(limits, "--memory", "64MB")));
    assertOneLine("--memory takes a size", "'64MB'");
    assertEquals(2, run("advise", "--trace", REDIS, "--link", "1Gb"));
    assertOneLine("--link takes a bandwidth such as 1Gbit");
    assertEquals(2, run("advise", "--link", "1Gbit"));
    assertOneLine("--trace");
    assertEquals(1, run(with(limits, "--interval", "1s")));
    assertOneLine("3 stretches", "there are 1 checkpoints");
    assertEquals(2, run(with(limits, "--stretch", "0")));
    assertOneLine("--stretch takes a number from 1 on, not '0'");
    assertEquals(2, run(with(limits, "--trials", "0")));
    assertOneLine("--trials takes 1 to 999, not '0'");
    assertEquals(2, run(with(limits, "--prefer", "cost")));
    assertOneLine("--prefer takes traffic or time");
    assertFalse(Files.exists(out.resolve("advice.json")));
  }

  // What the guest wrote after a checkpoint was looked up beyond the recording's last one.
  @Test
  void imageOfALongerRecording() throws IOException {
    Path series = directory.resolve("series");
    try (var writer = SeriesWriter.create(series, MadeSeries.description(1, 1, 10_000_000))) {
      var pages = new DirtyPages();
      pages.append(0, new byte[Page.BYTES], 0);
      writer.writeBase(pages);
      writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      writer.note("console_bytes", "0");
      writer.finish();
    }
    Path image = directory.resolve("image");
    Files.writeString(
        directory.resolve("image.json"),
        """
        {"vm": "vm", "ram_bytes": 4096, "checkpoint": 7, "image_digest": "0", "state_bytes": null,
         "state_digest": null, "silence_ns": null, "recovery_ns": 0, "cause": "none"}
        """);
    String[] resume = {"resume", image.toString(), "--series", series.toString(), "--guest", "g"};
    assertEquals(1, run(with(resume, "--console", "c", "--recorded-console", "r")));
    assertOneLine("series does not say where its console was at checkpoint 7");
    Path description = directory.resolve("image.json");
    Files.writeString(
        description,
        Files.readString(description).replace("\"checkpoint\": 7", "\"checkpoint\": -1"));
    assertEquals(1, run(with(resume, "--console", "c", "--recorded-console", "r")));
    assertOneLine("series does not say where its console was at the base");
  }

  // An axis without an end would have no place for any value.
  @Test
  void axisThatEndsNowhere() throws IOException {
    String[] figures = {"figures", "--in", directory.toString(), "--out", out.toString()};
    for (String axis : new String[] {"NaN..5", "0..Infinity", "0..1e999", "5"}) {
      assertEquals(2, run(with(figures, "--axis", axis)));
      assertOneLine("--axis is FROM..TO", axis);
    }
  }

  // Drawn under one name, two methods are one in the legend; profiled twice, one is two.
  @Test
  void methodsThatCouldNotBeToldApart() throws IOException {
    String[] figures = {"figures", "--in", directory.toString(), "--out", out.toString()};
    assertEquals(2, run(with(figures, "--label", "lz4=fast", "--label", "zstd=fast")));
    assertOneLine("--label", "two have one", "zstd=fast");
    assertEquals(2, run(with(figures, "--label", "lz4=fast", "--label", "lz4=faster")));
    assertOneLine("--label", "two names", "lz4=faster");
    String[] profile = {"profile", "--trace", REDIS, "--method", "lz4", "--method", "lz4"};
    assertEquals(2, run(with(profile, "--out", out.toString())));
    assertOneLine("--method names one method twice");
    assertFalse(Files.exists(out));
  }

  // Two builds of one recipe, equal in all, would be recorded as the one guest of two.
  @Test
  void twoGuestsOfOneName() throws IOException {
    Requirements.programs("qemu-system-x86_64");
    Path guest = Files.createDirectory(directory.resolve("guest"));
    Files.writeString(
        guest.resolve("guest.json"),
        """
        {"name": "twin", "workload": "none", "memory_mib": 16, "kernel": "bzImage", "settle_ms": 0}
        """);
    String vm = guest.toString();
    assertEquals(1, run("traces", "capture", "qemu", "--vm", vm, "--vm", vm, out.toString()));
    assertOneLine("two guests are called twin", "--vm NAME=DIR");
  }

  // Known only to the recorder, a number of no checkpoints would cost the building of the guests.
  @Test
  void corpusOfNoCheckpoints() throws IOException {
    assertEquals(
        2, run("traces", "corpus", "small", "--checkpoints", "0", "--out", out.toString()));
    assertOneLine("--checkpoints takes a number from 1 on, not '0'");
    assertFalse(Files.exists(out));
  }

  @Test
  void unknownNotebook() throws IOException {
    assertEquals(2, run("notebooks", "run", "hou2012"));
    assertOneLine("unknown notebook 'hou2012'", "hou2013, compare-codecs-on-your-trace");
  }

  private static String[] with(String[] arguments, String... more) {
    return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
  }
}
