package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.testsupport.MadeSeries;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without this, a full disk could leave result files that end early and look whole. */
final class FullDiskTest {
  @TempDir Path directory;

  private static int system(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /** A file system of one page: the first result file may fit, and then no other. */
  @Test
  void resultsThatDoNotFitAreNone() throws Exception {
    Path full = Files.createDirectory(directory.resolve("full"));
    Assumptions.assumeTrue(
        system("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full.toString()) == 0,
        "cannot mount a small file system; needs root");
    try {
      Path series = MadeSeries.small(directory.resolve("small"));
      var printed = new ByteArrayOutputStream();
      var stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
      Path out = full.resolve("out");
      int exit =
          new Main(new PrintStream(ByteArrayOutputStream.nullOutputStream()), stream)
              .run(
                  "reduce",
                  "--trace",
                  series.toString(),
                  "--method",
                  "none",
                  "--method",
                  "gzip",
                  "--method",
                  "delta",
                  "--out",
                  out.toString());
      String said = printed.toString(StandardCharsets.UTF_8);
      assertEquals(1, exit, said);
      assertEquals(1, said.lines().count(), said);
      assertTrue(said.contains("No space left on device"), said);
      // Made for the results, it goes with them.
      assertFalse(Files.exists(out), said);
    } finally {
      assertEquals(0, system("umount", full.toString()));
    }
  }
}
