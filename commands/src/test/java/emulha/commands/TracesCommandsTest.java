package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.traces.Series;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that derive one series from another. */
final class TracesCommandsTest {
  private static final Path SAMPLE =
      Path.of(System.getProperty("emulha.root"), "traces", "samples", "redis-25ms.tar.zst");

  @TempDir Path directory;

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private int run(String... args) {
    var stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Main(stream, stream).run(args);
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  // Options wired to the wrong argument would derive another series than the one asked for.
  @Test
  void derivesSeries() throws IOException {
    String merged = directory.resolve("merged").toString();
    String sliced = directory.resolve("sliced").toString();
    String trimmed = directory.resolve("trimmed").toString();
    String archive = directory.resolve("a.tar.zst").toString();
    String image = directory.resolve("image").toString();
    assertEquals(
        0, run("traces", "merge", SAMPLE.toString(), merged, "--every", "8"), this::printed);
    assertTrue(printed().contains("7 checkpoints of 200 ms, 4 at the end left out"), printed());
    assertEquals(
        0, run("traces", "slice", merged, sliced, "--from", "2", "--to", "5"), this::printed);
    assertEquals(0, run("traces", "trim", sliced, trimmed), this::printed);
    assertEquals(0, run("traces", "pack", trimmed, archive, "--level", "1"), this::printed);
    assertEquals(0, run("traces", "verify", archive), this::printed);
    assertEquals(0, run("traces", "image", archive, "--at", "2", "--out", image), this::printed);
    var series = Series.at(Path.of(archive));
    assertEquals(3, series.info().checkpoints());
    assertEquals(200, series.info().intervalMs());
    assertEquals(series.info().ramBytes(), Files.size(Path.of(image)));
  }

  // A recording from elsewhere could otherwise colour, retitle or rewrite what a terminal shows.
  @Test
  void showsControlCharactersOfNamesAsText() throws IOException {
    Path images = Files.createDirectory(directory.resolve("images"));
    Files.write(images.resolve("1"), new byte[8192]);
    Files.write(images.resolve("2"), new byte[8192]);
    String destination = directory.resolve("s").toString();
    String name = "\u001b[31mred\u001b]0;title\u0007\nworkload: forged";
    assertEquals(
        0,
        run(
            "traces",
            "import",
            "raw",
            images.toString(),
            destination,
            "--interval",
            "50ms",
            "--vm",
            name,
            "--workload",
            name),
        this::printed);
    assertEquals(name, Series.at(Path.of(destination)).info().vm());
    printed.reset();
    assertEquals(0, run("traces", "info", destination), this::printed);
    assertTrue(printed().contains("red"), printed());
    assertTrue(printed().chars().noneMatch(c -> c < ' ' && c != '\n'), printed());
    assertTrue(printed().lines().noneMatch(line -> line.startsWith("workload: forged")), printed());
  }

  @Test
  void saysWhatAnImportLacks() throws IOException {
    Path images = Files.createDirectory(directory.resolve("images"));
    Files.write(images.resolve("1"), new byte[8192]);
    Files.write(images.resolve("2"), new byte[8192]);
    String destination = directory.resolve("s").toString();
    assertEquals(1, run("traces", "import", "raw", images.toString(), destination));
    assertTrue(printed().contains("give it (--interval)"), printed());
    assertEquals(2, run("traces", "import", "cooked", images.toString(), destination));
    assertTrue(
        printed().contains("available: avml, criu, elf, firecracker, flat, kdump, lime, qemu, raw"),
        printed());
    assertEquals(
        0,
        run("traces", "import", "raw", images.toString(), destination, "--interval", "50ms"),
        this::printed);
    assertEquals(50, Series.at(Path.of(destination)).info().intervalMs());
    assertEquals(1, run("traces", "image", destination, "--at", "1", "--out", "x"));
    assertTrue(printed().contains("available: base, 0 to 0"), printed());
  }
}
