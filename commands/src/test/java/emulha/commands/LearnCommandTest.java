package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.auto.AutoProfile;
import emulha.testsupport.MadeSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A profile from the first recording to its use on another, by the command line. */
final class LearnCommandTest extends CommandTest {
  private static final String STAGES = "zero/lz4/zstd:level=1;scope=page";

  @TempDir private Path directory = Path.of("");

  private void assertOneLine(String part) {
    String error = error();
    assertEquals(1, error.lines().count(), error);
    assertTrue(error.contains(part), error);
  }

  /**
   * Without this, what is learnt could be of no use to the next run, or a recording be counted
   * twice.
   */
  @Test
  void whatIsLearntIsAddedUpAndChosenBy() throws IOException {
    String trace = MadeSeries.small(directory.resolve("series")).toString();
    String first = directory.resolve("first.json").toString();
    String second = directory.resolve("second.json").toString();
    assertEquals(0, run("learn", "--trace", trace, "--stages", STAGES, "--out", first));
    assertFalse(output().contains("known before"), output());
    assertEquals(1, output().lines().filter(line -> line.contains("best fixed choice")).count());
    AutoProfile learnt = AutoProfile.read(Path.of(first));
    assertEquals(List.of("zero", "lz4", "zstd:level=1,scope=page"), learnt.stages());
    // Every third of 256 pages, five times.
    assertEquals(5 * 86, learnt.pages());
    assertEquals(0, run("learn", "--trace", trace, "--profile", first, "--out", second));
    assertTrue(output().contains("by class, known before"), output());
    assertEquals(3, output().lines().filter(line -> line.contains("regret ")).count(), output());
    assertEquals(2 * 5 * 86, AutoProfile.read(Path.of(second)).pages());
    // Where nothing is yet, which was known only when all had been learnt.
    Path elsewhere = directory.resolve("profiles/web/third.json");
    assertEquals(
        0, run("learn", "--trace", trace, "--stages", "zero/lz4", "--out", elsewhere.toString()));
    assertEquals(5 * 86, AutoProfile.read(elsewhere).pages());
    String method = "auto:stages=" + STAGES + ",profile=" + second;
    String out = directory.resolve("out").toString();
    assertEquals(
        0, run("reduce", "--trace", trace, "--method", method, "--base", "skip", "--out", out));
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    String trace = MadeSeries.small(directory.resolve("series")).toString();
    Path out = directory.resolve("out.json");
    Path damaged = Files.writeString(directory.resolve("damaged.json"), "{\"version\": 2}");
    Path known =
        Files.writeString(
            directory.resolve("known.json"), new AutoProfile(List.of("lz4")).toJson());
    assertEquals(
        1,
        run("learn", "--trace", trace, "--profile", damaged.toString(), "--out", out.toString()));
    assertOneLine("damaged.json: no profile of auto: ");
    assertEquals(
        2,
        run(
            "learn",
            "--trace",
            trace,
            "--profile",
            known.toString(),
            "--stages",
            "gzip",
            "--out",
            out.toString()));
    assertOneLine("is of lz4");
    assertEquals(
        1, run("learn", "--trace", trace, "--stages", "lz4/stream", "--out", out.toString()));
    assertOneLine("'stream' cannot be chosen page by page");
    String merged = directory.resolve("merged").toString();
    assertEquals(0, run("traces", "merge", "--every", "2", trace, merged));
    assertEquals(1, run("learn", "--trace", trace, "--trace", merged, "--out", out.toString()));
    assertOneLine("one interval: series has 10 ms, merged has 20 ms");
    assertFalse(Files.exists(out));
    assertEquals(
        1, run("learn", "--trace", trace, "--stages", "lz4", "--out", directory.toString()));
    assertOneLine(directory + ": is a directory");
    assertEquals("", output());
    assertEquals(
        1,
        run(
            "reduce",
            "--trace",
            trace,
            "--method",
            "auto:stages=lz4,profile=" + damaged,
            "--out",
            directory.resolve("results").toString()));
    assertOneLine("damaged.json: no profile of auto: ");
  }
}
