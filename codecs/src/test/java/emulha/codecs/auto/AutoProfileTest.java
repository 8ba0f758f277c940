package emulha.codecs.auto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Block;
import emulha.codecs.CheckpointKind;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.Replay;
import emulha.codecs.Sequence;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What auto learns, how it is remembered, and what is chosen by it. */
final class AutoProfileTest {
  @TempDir private Path directory = Path.of("");

  private static byte[] noise() {
    byte[] page = new byte[Page.BYTES];
    new SplittableRandom(0x5eed_a070L).nextBytes(page);
    return page;
  }

  private static byte[] text() {
    byte[] page = new byte[Page.BYTES];
    for (int i = 0; i < page.length; i++) {
      page[i] = (byte) ('a' + i % 7 * (i % 3));
    }
    return page;
  }

  private static Block block(byte[] page) {
    return new Block().at(Block.Kind.PAGE, page, 0, page.length).of(0, 0, 0);
  }

  /** Counted by hand: without this, pages that differ in kind could be one class. */
  @Test
  void classesTellPagesApart() {
    byte[] zeros = new byte[Page.BYTES];
    assertEquals(
        "new, zeros all, values 1-8", AutoClasses.name(AutoClasses.of(block(zeros), false)));
    assertEquals(
        "again, zeros all, values 1-8", AutoClasses.name(AutoClasses.of(block(zeros), true)));
    assertEquals(
        "new, zeros few, values 65-128", AutoClasses.name(AutoClasses.of(block(noise()), false)));
    byte[] half = noise();
    Arrays.fill(half, 0, Page.BYTES / 2, (byte) 0);
    assertEquals(
        "new, zeros most, values 33-64", AutoClasses.name(AutoClasses.of(block(half), false)));
    byte[] quarter = new byte[Page.BYTES];
    Arrays.fill(quarter, (byte) 5);
    Arrays.fill(quarter, 0, Page.BYTES / 4, (byte) 0);
    assertEquals(
        "new, zeros some, values 1-8", AutoClasses.name(AutoClasses.of(block(quarter), false)));
    var names = new HashSet<String>();
    for (int i = 0; i < AutoClasses.COUNT; i++) {
      names.add(AutoClasses.name(i));
      assertEquals(i, AutoClasses.number(AutoClasses.name(i)));
    }
    assertEquals(AutoClasses.COUNT, names.size());
    assertEquals(-1, AutoClasses.number("old, zeros all, values 1-8"));
  }

  /** Figures worked out by hand. */
  private static AutoProfile profile() {
    var profile = new AutoProfile(List.of("none", "gzip"));
    int zeros = AutoClasses.of(block(new byte[Page.BYTES]), false);
    int noise = AutoClasses.of(block(noise()), false);
    profile.add(zeros, new long[] {4096, 30}, new long[] {0, 10_000});
    profile.add(zeros, new long[] {4096, 20}, new long[] {0, 12_000});
    profile.add(noise, new long[] {4096, 4096}, new long[] {0, 70_000});
    return profile;
  }

  /** Without this, bytes could count where CPU time is dear, or the link be forgotten. */
  @Test
  void theChoiceIsTheLeastTimeOfLinkAndCpu() {
    AutoProfile profile = profile();
    int zeros = AutoClasses.of(block(new byte[Page.BYTES]), false);
    int noise = AutoClasses.of(block(noise()), false);
    int unseen = AutoClasses.of(block(text()), true);
    int[] both = profile.numbers(List.of("none", "gzip"));
    // At 1 Gbit/s a byte takes 8 ns: 32 768 ns for a page, against 200 + 11 000 ns.
    int[] slow = profile.choices(both, 8);
    assertEquals(1, slow[zeros]);
    assertEquals(0, slow[noise]);
    // All together 98 304 ns, against 33 168 + 92 000 ns.
    assertEquals(0, slow[unseen]);
    assertEquals(400 + 22_000 + 32_768, profile.nanos(1_000_000_000));
    // At 100 Gbit/s 328 ns a page.
    assertEquals(0, profile.choices(both, 0.08)[zeros]);
    // Numbers are in the order asked for.
    assertEquals(0, profile.choices(profile.numbers(List.of("gzip", "none")), 8)[zeros]);
    String message =
        assertThrows(IllegalArgumentException.class, () -> profile.numbers(List.of("lz4")))
            .getMessage();
    assertTrue(message.endsWith("has not learnt 'lz4'; it knows none, gzip"), message);
  }

  /** Without this, what a run writes could be read as something else by the next. */
  @Test
  void aFileHoldsAllOfIt() throws IOException {
    AutoProfile profile = profile();
    Path file = Files.writeString(directory.resolve("auto.json"), profile.toJson());
    AutoProfile read = AutoProfile.read(file);
    assertEquals(profile.toJson(), read.toJson());
    assertEquals(3, read.pages());
    read.add(profile);
    assertEquals(6, read.pages());
    assertEquals(2 * profile.nanos(1_000_000_000), read.nanos(1_000_000_000));
    assertThrows(IllegalArgumentException.class, () -> read.add(new AutoProfile(List.of("none"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "version" : 1     | "version" : 2     | its 'version' is 2, this program reads 1
          emulha auto       | other             | its 'format' is not 'emulha auto profile'
          "pages" : 2       | "pages" : -2      | has the figure -2
          "pages" : 2       | "pages" : 2.5     | has the figure 2.5
          "pages" : 2       | "pages" : 99999999999999999999 | has the figure 99999999999999999999
          "bytes" : [ 8192, | "bytes" : [       | does not have a figure for each stage
          new, zeros all    | new, zeros none   | there is no class 'new, zeros none
          "classes"         | "class"           | unknown key 'class'
          "pages"           | "sheets"          | unknown key 'sheets'
          "none"            | "gzip"            | each once
          "none"            | 7                 | a stage is no text
          "format"          | format            | at byte
          }                 | ]                 | at byte
          """)
  void aDamagedFileIsRefusedInOneLine(String good, String bad, String reason) throws IOException {
    String whole = profile().toJson();
    assertTrue(whole.contains(good), whole);
    Path file =
        Files.writeString(
            directory.resolve("auto.json"), whole.replaceFirst("\\Q" + good + "\\E", bad));
    String message = assertThrows(IOException.class, () -> AutoProfile.read(file)).getMessage();
    assertTrue(message.startsWith(file + ": no profile of auto: "), message);
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count());
    // And so says the method, when it begins.
    Method method = Method.parse("auto:stages=none/gzip,profile=" + file);
    String said =
        assertThrows(
                IllegalArgumentException.class,
                () -> CheckpointEncoder.of(method, new long[] {1}, (a, b, c, d) -> {}))
            .getMessage();
    assertTrue(said.startsWith("method 'auto': ") && said.contains(reason), said);
  }

  /** Neither has a place in the file to name: without this, a user would see a stack trace. */
  @Test
  void whatIsNoTextOrTooDeepIsRefusedInOneLine() throws IOException {
    Path file = directory.resolve("auto.json");
    byte[] deep = "[".repeat(5000).getBytes(StandardCharsets.US_ASCII);
    for (byte[] content : List.of(deep, new byte[] {'{', (byte) 0xff})) {
      Files.write(file, content);
      String message = assertThrows(IOException.class, () -> AutoProfile.read(file)).getMessage();
      assertTrue(message.startsWith(file + ": no profile of auto: "), message);
      assertEquals(1, message.lines().count());
    }
  }

  /** Without this a device without an end would take the sender's memory. */
  @Test
  void noMoreIsReadThanAProfileHas() throws IOException {
    Path large = Files.write(directory.resolve("auto.json"), new byte[(1 << 20) + 1]);
    Path endless = Path.of("/dev/zero");
    for (Path file : Files.exists(endless) ? List.of(large, endless) : List.of(large)) {
      assertEquals(
          file + ": no profile of auto is larger than 1048576 bytes",
          assertThrows(IOException.class, () -> AutoProfile.read(file)).getMessage());
    }
  }

  /** Without this a sender could have the receiver open any file. */
  @Test
  void onlyTheSenderReadsIt() throws IOException {
    Method method = Method.parse("auto:stages=none/gzip,profile=" + directory.resolve("nowhere"));
    Replay.decoder(method).close();
    String said =
        assertThrows(
                IllegalArgumentException.class,
                () -> CheckpointEncoder.of(method, new long[] {1}, (a, b, c, d) -> {}))
            .getMessage();
    assertTrue(said.contains("NoSuchFileException: " + directory.resolve("nowhere")), said);
  }

  /**
   * Sizes of gzip and none alone add up to those of the choice. Without this, another stage could
   * encode a page than the one chosen, or a trial's bytes be sent.
   */
  @Test
  void eachPageIsEncodedByTheStageOfItsClass() throws IOException {
    Path file = Files.writeString(directory.resolve("auto.json"), profile().toJson());
    var pages = new DirtyPages();
    pages.append(0, new byte[Page.BYTES], 0);
    pages.append(1, noise(), 0);
    pages.append(2, text(), 0);
    var step = new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(pages));
    var zeros = new DirtyPages();
    zeros.append(0, new byte[Page.BYTES], 0);
    long zero;
    try (var gzip = new Replay(Method.parse("gzip"), new long[] {4})) {
      gzip.encode(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(zeros)));
      zero = gzip.encoder().payloadBytes();
    }
    try (var replay =
        new Replay(Method.parse("auto:stages=none/gzip,profile=" + file), new long[] {4})) {
      EncodedCheckpoint encoded = replay.encode(step);
      replay.decode(step, encoded);
      replay.compareImages();
      // The third is of a class not seen: none, as for all pages together.
      assertEquals(zero + 2 * Page.BYTES, replay.encoder().payloadBytes());
      assertArrayEquals(new byte[] {3, 0, 1, (byte) zero, 0, 0, 0, 0}, encoded.copy(0));
    }
  }

  /** Every stage is tried on every page; figures by a clock that ticks 1000 ns at each look. */
  @Test
  void trialsCostWhatTheStagesCost() throws IOException {
    var known = new AutoProfile(List.of("none", "zero"));
    int noise = AutoClasses.of(block(noise()), false);
    known.add(noise, new long[] {1, 0}, new long[] {0, 0});
    var learnt = new AutoProfile(known.stages());
    var pages = new DirtyPages();
    pages.append(0, new byte[Page.BYTES], 0);
    pages.append(1, noise(), 0);
    long[] ticks = {0};
    try (var trials =
        new AutoTrials(known, learnt, 1_000_000_000, new long[] {4}, () -> ticks[0] += 1000)) {
      trials.begin(CheckpointKind.INCREMENTAL);
      trials.pages(0, pages, false);
      trials.end();
      AutoTrials.Costs costs = trials.costs();
      assertEquals(2, costs.pages());
      assertEquals(List.of(8192L, 4096L), costs.bytes());
      assertEquals(List.of(2000L, 2000L), costs.cpuNanos());
      assertEquals(List.of(67_536.0, 34_768.0), costs.stageNanos());
      // Known before: "zero" for both, the one of noise alone.
      assertEquals(34_768.0, costs.knownNanos());
      // In hindsight "zero" for zeros, and either for noise.
      assertEquals(1000 + 33_768.0, costs.leastNanos());
      assertEquals(2, learnt.pages());
      assertEquals(1, known.pages());
    }
  }
}
