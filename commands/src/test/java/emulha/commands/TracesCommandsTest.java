package emulha.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.traces.Series;
import emulha.traces.imports.ImportFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that derive one series from another. */
final class TracesCommandsTest extends CommandTest {
  private static final Path SAMPLE =
      Path.of(System.getProperty("emulha.root"), "traces", "samples", "redis-25ms.tar.zst");

  @TempDir Path directory;

  // Options wired to the wrong argument would derive another series than the one asked for.
  @Test
  void derivesSeries() throws IOException {
    String merged = directory.resolve("merged").toString();
    String sliced = directory.resolve("sliced").toString();
    String trimmed = directory.resolve("trimmed").toString();
    String archive = directory.resolve("a.tar.zst").toString();
    String image = directory.resolve("image").toString();
    assertEquals(0, run("traces", "merge", SAMPLE.toString(), merged, "--every", "8"), this::said);
    assertTrue(said().contains("7 checkpoints of 200 ms, 4 at the end left out"), said());
    assertEquals(0, run("traces", "slice", merged, sliced, "--from", "2", "--to", "5"), this::said);
    assertEquals(0, run("traces", "trim", sliced, trimmed), this::said);
    assertEquals(0, run("traces", "pack", trimmed, archive, "--level", "1"), this::said);
    assertEquals(0, run("traces", "verify", archive), this::said);
    assertEquals(0, run("traces", "image", archive, "--at", "2", "--out", image), this::said);
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
        this::said);
    assertEquals(name, Series.at(Path.of(destination)).info().vm());
    assertEquals(0, run("traces", "info", destination), this::said);
    assertTrue(said().contains("red"), said());
    assertTrue(said().chars().noneMatch(c -> c < ' ' && c != '\n'), said());
    assertTrue(said().lines().noneMatch(line -> line.startsWith("workload: forged")), said());
  }

  // What a recording says of itself could do the same as soon as it is imported.
  @Test
  void showsControlCharactersOfWhatAnImportFoundAsText() throws IOException {
    Path flat = directory.resolve("flat");
    assertEquals(
        0,
        run("traces", "export", "flat", SAMPLE.toString(), "--out", flat.toString()),
        this::said);
    Path meta = flat.resolve("meta.json");
    String marked =
        Files.readString(meta)
            .replaceFirst("\\{", "{\"container\":\"\\\\u001b[2Jbox\",")
            .replaceFirst("\"dirty_by\"\\s*:\\s*\"", "\"dirty_by\":\"\\\\u001b[31m");
    Files.writeString(meta, marked);
    String destination = directory.resolve("s").toString();
    assertEquals(0, run("traces", "import", "flat", flat.toString(), destination), this::said);
    assertTrue(said().contains("container: \\u001b[2Jbox\n"), said());
    assertTrue(said().contains("dirty pages by \\u001b[31m"), said());
    assertTrue(said().chars().noneMatch(c -> c < ' ' && c != '\n'), said());
  }

  @Test
  void saysWhatAnImportLacks() throws IOException {
    Path images = Files.createDirectory(directory.resolve("images"));
    Files.write(images.resolve("1"), new byte[8192]);
    Files.write(images.resolve("2"), new byte[8192]);
    String destination = directory.resolve("s").toString();
    assertEquals(1, run("traces", "import", "raw", images.toString(), destination));
    assertTrue(said().contains("give it (--interval)"), said());
    assertEquals(2, run("traces", "import", "cooked", images.toString(), destination));
    assertTrue(said().contains("available: " + ImportFormat.names()), said());
    assertEquals(
        0,
        run("traces", "import", "raw", images.toString(), destination, "--interval", "50ms"),
        this::said);
    assertEquals(50_000_000, Series.at(Path.of(destination)).info().intervalNs());
    assertEquals(1, run("traces", "image", destination, "--at", "1", "--out", "x"));
    assertTrue(said().contains("available: base, 0 to 0"), said());
  }

  // An exported recording could be another than the one that is imported from it.
  @Test
  void exportsWhatCanBeImported() throws IOException {
    String flat = directory.resolve("flat").toString();
    String back = directory.resolve("back").toString();
    String sample = SAMPLE.toString();
    assertEquals(0, run("traces", "export", "flat", sample, "--out", flat), this::said);
    assertEquals(0, run("traces", "import", "flat", flat, back), this::said);
    assertEquals(0, run("traces", "digest", sample), this::said);
    String digest = said().split("\\s+", 2)[0];
    assertEquals(0, run("traces", "digest", back), this::said);
    assertEquals(digest, said().split("\\s+", 2)[0]);
    String image = directory.resolve("image").toString();
    String raw = directory.resolve("raw").toString();
    String elf = directory.resolve("elf").toString();
    assertEquals(0, run("traces", "image", sample, "--at", "7", "--out", image), this::said);
    assertEquals(0, run("traces", "export", "raw", sample, "--at", "7", "--out", raw), this::said);
    assertTrue(said().contains("reduced base leaves out"), said());
    assertEquals(-1, Files.mismatch(Path.of(image), Path.of(raw)));
    assertEquals(0, run("traces", "export", "elf", sample, "--out", elf), this::said);
    assertEquals(
        0x464c457f,
        java.nio.ByteBuffer.wrap(Files.readAllBytes(Path.of(elf)))
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .getInt());
    assertEquals(2, run("traces", "export", "cooked", sample, "--out", "x"));
    assertTrue(said().contains("available: flat, raw, elf"), said());
    assertEquals(2, run("traces", "export", "flat", sample, "--out", "x", "--at", "1"));
    assertEquals(1, run("traces", "export", "elf", sample, "--out", "x", "--at", "99"));
    assertTrue(said().contains("available: base, 0 to"), said());
    assertEquals(1, run("traces", "export", "raw", sample, "--out", raw));
    assertTrue(said().contains("exists already"), said());
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
        this::said);
    assertEquals(0, run("traces", "info", series), this::said);
    assertTrue(said().contains("RAM: 393216 bytes, in pages of 64KiB"), said());
    String out = directory.resolve("r").toString();
    assertEquals(0, run("reduce", "--trace", series, "--method", "none", "--out", out), this::said);
    var rows =
        emulha.metrics.columns.RowReader.all(
            Path.of(out, "checkpoints.csv"), emulha.metrics.CheckpointRow.class);
    assertEquals(65536, rows.getLast().key().setting().pageBytes());
    assertEquals(2, rows.getLast().traffic().dirtyPages());
    assertEquals(131072, rows.getLast().traffic().rawBytes());
    assertEquals(131072, rows.getLast().traffic().payloadBytes());
    String other = directory.resolve("x").toString();
    assertEquals(1, run("reduce", "--trace", series, "--method", "xbzrle", "--out", other));
    assertTrue(said().contains("use delta, remus, fitdoc or prefix"), said());
    String small = directory.resolve("small").toString();
    assertEquals(
        0, run("traces", "import", "raw", source, small, "--interval", "50ms"), this::said);
    assertEquals(
        1, run("reduce", "--trace", series, "--trace", small, "--method", "none", "--out", other));
    assertTrue(said().contains("pages of one size"), said());
    assertEquals(
        2, run("traces", "import", "raw", source, "n", "--interval", "1s", "--page-size", "12KiB"));
    assertEquals(
        2,
        run("traces", "import", "criu", source, "n", "--interval", "1s", "--page-size", "16KiB"));
    assertTrue(said().contains("criu takes no --page-size"), said());
  }
}
