package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the command line to files: what the parts' own tests cannot see is the wiring. */
final class TraceStatisticsTest extends CommandTest {
  @TempDir Path directory;

  private String at(String name) {
    return directory.resolve(name).toString();
  }

  /** An option that did not reach the generator would give another series than asked for. */
  @Test
  void synthesisesAndCharacterises() throws IOException {
    String[] synth = {
      "traces",
      "synth",
      "hpcc",
      at("a"),
      "--ram",
      "16MiB",
      "--vms",
      "2",
      "--interval",
      "50ms",
      "--duration",
      "1s",
      "--scale",
      "0.02",
      "--base",
      "touched",
      "--seed",
      "9"
    };
    assertEquals(0, run(synth), error());
    synth[3] = at("b");
    assertEquals(0, run(synth), error());
    for (String vm : List.of("vm1", "vm2")) {
      assertEquals(
          -1,
          Files.mismatch(
              directory.resolve("a").resolve(vm).resolve("series.json"),
              directory.resolve("b").resolve(vm).resolve("series.json")),
          "same seed, same bytes");
    }
    assertEquals(0, run("traces", "info", at("a/vm1")), error());
    String info = output();
    assertTrue(info.contains("synthetic") && info.contains("50 ms"), info);
    assertTrue(info.contains("calibrated silent: 0.05; assumed"), info);
    assertTrue(info.contains("RAM: 16777216 bytes") && info.contains("checkpoints: 20"), info);

    assertEquals(0, run("traces", "stats", at("a/vm1"), at("a/vm2"), "--out", at("stats")));
    for (String file :
        List.of(
            "checkpoint_sizes.csv",
            "changed_bytes.csv",
            "duplicates.csv",
            "entropy.csv",
            "write_rates.csv",
            "working_set.csv",
            "miss_ratio.csv",
            "figures/miss-ratio.svg",
            "figures/fitdoc-table-1.md")) {
      assertTrue(Files.size(directory.resolve("stats").resolve(file)) > 0, file);
    }
    assertEquals(1, run("traces", "stats", at("a/vm1"), "--out", at("stats")));
    assertTrue(error().contains("results are there already"), error());
  }

  /** The fit's residuals and impossible points must be told, not only written. */
  @Test
  void fits() {
    assertEquals(0, run("traces", "fit", "hpcc", "--out", at("fit")), error());
    String told = output();
    assertEquals(6, told.lines().count(), told);
    assertEquals(1, told.lines().filter(line -> line.contains("cannot be met")).count(), told);
    assertTrue(Files.exists(directory.resolve("fit").resolve("size_fit.csv")));
    assertTrue(Files.exists(directory.resolve("fit").resolve("figures").resolve("size-fit.pdf")));
  }

  /** Times are of this machine; that there is a row for each setting and scan is not. */
  @Test
  void scans() throws IOException {
    assertEquals(
        0,
        run(
            "traces",
            "scan",
            "--ram",
            "64MiB",
            "--dirty-ppm",
            "1000",
            "--dirty-ppm",
            "5000",
            "--scans",
            "3",
            "--out",
            at("scan")),
        error());
    assertEquals(7, Files.readAllLines(directory.resolve("scan/bitmap_scan.csv")).size());
  }

  /** Mistakes are one line, say what there is, and leave nothing behind. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hpc                      | 2 | unknown profile 'hpc'; available: hpcc, rubis
          hpcc --ram 5             | 2 | --ram takes a size such as 256MiB
          hpcc --base some         | 2 | --base takes all or touched
          hpcc --interval 10ms     | 1 | only known for 25 to 5000 ms
          voltdb --ram 16MiB       | 1 | give more RAM or a smaller scale
          hou-s1 --vms 3           | 2 | leave the number of VMs out
          """)
  void mistakes(String line, int code, String expected) {
    String[] words = ("traces synth " + line).split(" ");
    String[] args = new String[words.length + 1];
    System.arraycopy(words, 0, args, 0, 3);
    args[3] = at("dest");
    System.arraycopy(words, 3, args, 4, words.length - 3);
    assertEquals(code, run(args));
    assertEquals(1, error().lines().count(), error());
    assertTrue(error().contains(expected), error());
    assertFalse(Files.exists(directory.resolve("dest")));
  }
}
