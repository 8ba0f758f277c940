package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.traces.Series;
import emulha.traces.imports.ImportFormat;
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
    assertEquals(200_000_000, series.info().intervalNs());
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

  // What a recording says of itself could do the same as soon as it is imported.
  @Test
  void showsControlCharactersOfWhatAnImportFoundAsText() throws IOException {
    Path flat = directory.resolve("flat");
    assertEquals(
        0,
        run("traces", "export", "flat", SAMPLE.toString(), "--out", flat.toString()),
        this::printed);
    Path meta = flat.resolve("meta.json");
    String marked =
        Files.readString(meta)
            .replaceFirst("\\{", "{\"container\":\"\\\\u001b[2Jbox\",")
            .replaceFirst("\"dirty_by\"\\s*:\\s*\"", "\"dirty_by\":\"\\\\u001b[31m");
    Files.writeString(meta, marked);
    printed.reset();
    String destination = directory.resolve("s").toString();
    assertEquals(0, run("traces", "import", "flat", flat.toString(), destination), this::printed);
    assertTrue(printed().contains("container: \\u001b[2Jbox\n"), printed());
    assertTrue(printed().contains("dirty pages by \\u001b[31m"), printed());
    assertTrue(printed().chars().noneMatch(c -> c < ' ' && c != '\n'), printed());
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
    assertTrue(printed().contains("available: " + ImportFormat.names()), printed());
    assertEquals(
        0,
        run("traces", "import", "raw", images.toString(), destination, "--interval", "50ms"),
        this::printed);
    assertEquals(50_000_000, Series.at(Path.of(destination)).info().intervalNs());
    assertEquals(1, run("traces", "image", destination, "--at", "1", "--out", "x"));
    assertTrue(printed().contains("available: base, 0 to 0"), printed());
  }

  // An exported recording could be another than the one that is imported from it.
  @Test
  void exportsWhatCanBeImported() throws IOException {
    String flat = directory.resolve("flat").toString();
    String back = directory.resolve("back").toString();
    String sample = SAMPLE.toString();
    assertEquals(0, run("traces", "export", "flat", sample, "--out", flat), this::printed);
    assertEquals(0, run("traces", "import", "flat", flat, back), this::printed);
    printed.reset();
    assertEquals(0, run("traces", "digest", sample), this::printed);
    String digest = printed().split("\\s+", 2)[0];
    printed.reset();
    assertEquals(0, run("traces", "digest", back), this::printed);
    assertEquals(digest, printed().split("\\s+", 2)[0]);
    String image = directory.resolve("image").toString();
    String raw = directory.resolve("raw").toString();
    String elf = directory.resolve("elf").toString();
    assertEquals(0, run("traces", "image", sample, "--at", "7", "--out", image), this::printed);
    printed.reset();
    assertEquals(
        0, run("traces", "export", "raw", sample, "--at", "7", "--out", raw), this::printed);
    assertTrue(printed().contains("reduced base leaves out"), printed());
    assertEquals(-1, Files.mismatch(Path.of(image), Path.of(raw)));
    assertEquals(0, run("traces", "export", "elf", sample, "--out", elf), this::printed);
    assertEquals(
        0x464c457f,
        java.nio.ByteBuffer.wrap(Files.readAllBytes(Path.of(elf)))
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .getInt());
    assertEquals(2, run("traces", "export", "cooked", sample, "--out", "x"));
    assertTrue(printed().contains("available: flat, raw, elf"), printed());
    assertEquals(2, run("traces", "export", "flat", sample, "--out", "x", "--at", "1"));
    assertEquals(1, run("traces", "export", "elf", sample, "--out", "x", "--at", "99"));
    assertTrue(printed().contains("available: base, 0 to"), printed());
    assertEquals(1, run("traces", "export", "raw", sample, "--out", raw));
    assertTrue(printed().contains("exists already"), printed());
  }

  // A figure of pages of another size could look like one of 4 KiB.
  @Test
  void reducesPagesOfAnotherSize() throws IOException {
    Path images = Files.createDirectory(directory.resolve("images"));
    byte[] ram = new byte[6 << 16];
    Files.write(images.resolve("1"), ram);
    ram[70_000] = 1;
    ram[5 << 16] = 1;
    Files.write(images.resolve("2"), ram);
    String source = images.toString();
    String series = directory.resolve("s").toString();
    assertEquals(
        0,
        run(
            "traces",
            "import",
            "raw",
            source,
            series,
            "--interval",
            "50ms",
            "--page-size",
            "64KiB"),
        this::printed);
    assertEquals(0, run("traces", "info", series), this::printed);
    assertTrue(printed().contains("RAM: 393216 bytes, in pages of 64KiB"), printed());
    String out = directory.resolve("r").toString();
    assertEquals(
        0, run("reduce", "--trace", series, "--method", "none", "--out", out), this::printed);
    var rows =
        emulha.metrics.columns.RowReader.all(
            Path.of(out, "checkpoints.csv"), emulha.metrics.CheckpointRow.class);
    assertEquals(65536, rows.getLast().key().setting().pageBytes());
    assertEquals(2, rows.getLast().traffic().dirtyPages());
    assertEquals(131072, rows.getLast().traffic().rawBytes());
    assertEquals(131072, rows.getLast().traffic().payloadBytes());
    String other = directory.resolve("x").toString();
    assertEquals(1, run("reduce", "--trace", series, "--method", "xbzrle", "--out", other));
    assertTrue(printed().contains("use delta, remus, fitdoc or prefix"), printed());
    String small = directory.resolve("small").toString();
    assertEquals(
        0, run("traces", "import", "raw", source, small, "--interval", "50ms"), this::printed);
    assertEquals(
        1, run("reduce", "--trace", series, "--trace", small, "--method", "none", "--out", other));
    assertTrue(printed().contains("pages of one size"), printed());
    assertEquals(
        2, run("traces", "import", "raw", source, "n", "--interval", "1s", "--page-size", "12KiB"));
    assertEquals(
        2,
        run("traces", "import", "criu", source, "n", "--interval", "1s", "--page-size", "16KiB"));
    assertTrue(printed().contains("criu takes no --page-size"), printed());
  }
}
