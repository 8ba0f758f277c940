package emulha.traces.exports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.FreeMap;
import emulha.memory.PageSize;
import emulha.traces.CheckpointHeader;
import emulha.traces.Clock;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.SeriesDescription;
import emulha.traces.SeriesDigest;
import emulha.traces.SeriesWriter;
import emulha.traces.SystemTools;
import emulha.traces.TestSeries;
import emulha.traces.imports.FlatImport;
import emulha.traces.imports.image.ImageFormat;
import emulha.traces.imports.image.ImageImport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is given to other tools. Without this, they would be given something else. */
final class ExportTest {
  private static final Pattern LOAD =
      Pattern.compile(
          "LOAD +0x([0-9a-f]+) +0x[0-9a-f]+ +0x([0-9a-f]+)\\s+0x([0-9a-f]+) +0x([0-9a-f]+)");

  @TempDir Path directory;

  private static String digest(Series series) throws IOException {
    return SeriesDigest.of(series, Integer.MAX_VALUE, Progress.NONE);
  }

  private Path reimported(Series series) throws IOException {
    Path flat = directory.resolve("flat");
    FlatExport.write(series, flat, Progress.NONE);
    Path back = directory.resolve("back");
    FlatImport.run(flat, back, Progress.NONE);
    return back;
  }

  /** A series of which a part is not the page's content: free maps, times, clock, origin. */
  private Path made(PageSize pageSize, Map<String, String> environment) throws IOException {
    var random = new Random(0xe897L);
    int frames = 40;
    Path path = directory.resolve("made");
    var description =
        new SeriesDescription(
            "v m",
            "w",
            16_667_001,
            new SeriesDescription.Memory(pageSize.bytesOf(frames), 10, pageSize),
            new SeriesDescription.Origin("d", true, Map.of("pages per interval", "x"), environment),
            Clock.guest(1_000_000));
    try (var writer = SeriesWriter.create(path, description)) {
      var pages = new DirtyPages(pageSize);
      byte[] free = new byte[5];
      for (int pfn = 0; pfn < 40; pfn += 4) {
        byte[] bytes = new byte[pageSize.bytes()];
        if (pfn % 8 == 0) {
          random.nextBytes(bytes);
        }
        pages.append(pfn, bytes, 0);
      }
      random.nextBytes(free);
      pages.setFreeMap(new FreeMap(free));
      writer.writeBase(pages);
      long time = 0;
      for (int n = 0; n < 4; n++) {
        pages.clear();
        for (int pfn = n; pfn < frames && n != 2; pfn += 5) {
          byte[] bytes = new byte[pageSize.bytes()];
          random.nextBytes(bytes);
          pages.append(pfn, bytes, 0);
        }
        if (n != 1) {
          byte[] map = new byte[5];
          random.nextBytes(map);
          pages.setFreeMap(new FreeMap(map));
        }
        time += n == 3 ? 0 : 16_000_000 + random.nextInt(2_000_000);
        writer.writeCheckpoint(pages, time, n == 1 ? new byte[] {1, 2} : null);
      }
      writer.finish();
    }
    return path;
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 65536})
  void anImportOfAFlatExportIsTheSame(int pageBytes) throws Exception {
    Map<String, String> environment =
        Map.of("hypervisor", "h \"q\" ü", "origin", "elsewhere", "environment", "cold");
    var series = Series.at(made(PageSize.of(pageBytes), environment));
    var back = Series.at(reimported(series));
    assertEquals(digest(series), digest(back));
    assertEquals(series.info().description(), back.info().description());
    assertFalse(back.info().description().baseFull());
  }

  @Test
  void allOfRamNeedsNoIndex() throws Exception {
    TestSeries.write(directory.resolve("s"), 50, 7, 3);
    var series = Series.at(directory.resolve("s"));
    var back = Series.at(reimported(series));
    assertEquals(digest(series), digest(back));
    assertEquals(series.info().description(), back.info().description());
    assertFalse(Files.exists(directory.resolve("flat").resolve("base.idx")));
  }

  @Test
  void whatIsLeftOutIsCounted() throws Exception {
    var series = Series.at(made(PageSize.SMALL, Map.of()));
    assertEquals(1, FlatExport.write(series, directory.resolve("f"), Progress.NONE));
  }

  /** Pages that the index does not list would be dropped, whatever they hold. */
  @Test
  void aBaseThatContradictsItsIndexIsRefused() throws Exception {
    var series = Series.at(made(PageSize.SMALL, Map.of()));
    Path flat = directory.resolve("flat");
    FlatExport.write(series, flat, Progress.NONE);
    byte[] base = Files.readAllBytes(flat.resolve("base.raw"));
    base[4096 * 5 + 17] = 1;
    Files.write(flat.resolve("base.raw"), base);
    var e =
        assertThrows(
            IOException.class, () -> FlatImport.run(flat, directory.resolve("n"), Progress.NONE));
    assertTrue(
        String.valueOf(e.getMessage()).contains("page 5 is not zero, but base.idx does not"),
        e::toString);
    assertFalse(Files.exists(directory.resolve("n")));
  }

  @Test
  void timesThatTheLayoutCannotSayAreRefused() throws Exception {
    for (long[] times : new long[][] {{5, CheckpointHeader.UNKNOWN_GUEST_TIME}, {5, 4}}) {
      Path path = directory.resolve("t" + times[1]);
      try (var writer = SeriesWriter.create(path, TestSeries.description(8, 0, 25))) {
        var pages = new DirtyPages();
        for (long time : times) {
          writer.writeCheckpoint(pages, time, null);
        }
        writer.finish();
      }
      var series = Series.at(path);
      Path target = directory.resolve("target");
      var e =
          assertThrows(IOException.class, () -> FlatExport.write(series, target, Progress.NONE));
      assertTrue(String.valueOf(e.getMessage()).contains("checkpoint 1"), e::toString);
      assertFalse(Files.exists(target), "half an export has its final name");
      try (Stream<Path> left = Files.list(directory)) {
        assertFalse(left.anyMatch(file -> file.getFileName().toString().contains("target")));
      }
    }
  }

  /** The reader that the documentation shows, against our own, page by page. */
  @ParameterizedTest
  @ValueSource(ints = {4096, 65536})
  void theDocumentedReaderReadsTheSamePages(int pageBytes) throws Exception {
    SystemTools.require("python3");
    var series = Series.at(made(PageSize.of(pageBytes), Map.of()));
    FlatExport.write(series, directory.resolve("flat"), Progress.NONE);
    String documentation =
        Files.readString(Path.of(System.getProperty("emulha.root"), "docs", "TRACES.md"));
    int from = documentation.indexOf("```python\n") + "```python\n".length();
    Files.writeString(
        directory.resolve("read.py"),
        documentation.substring(from, documentation.indexOf("```", from))
            + """

            import hashlib
            meta, base, checkpoints = flat("flat")
            print(meta["vm"], meta["page_size"], meta["interval_ns"])
            for pages in [base] + checkpoints:
                print("-")
                for pfn, content in pages.items():
                    print(pfn, hashlib.sha256(content).hexdigest())
            """);
    var expected = new StringBuilder("v m " + pageBytes + " 16667001\n");
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      cursor.nextBase(1000, pages);
      append(expected, pages);
      while (cursor.nextCheckpoint(pages)) {
        append(expected, pages);
      }
    }
    assertEquals(expected.toString(), SystemTools.run(directory, "python3", "read.py"));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static void append(StringBuilder text, DirtyPages pages) throws Exception {
    text.append("-\n");
    for (int i = 0; i < pages.count(); i++) {
      int at = pages.offset(i);
      byte[] page = Arrays.copyOfRange(pages.slab(i), at, at + pages.pageSize().bytes());
      text.append(pages.pfn(i)).append(' ').append(sha256(page)).append('\n');
    }
  }

  /** Images by {@code readelf}, byte by byte, and by our own import: addresses too. */
  @ParameterizedTest
  @ValueSource(ints = {4096, 65536})
  void anElfFileHasTheImageAtItsAddresses(int pageBytes) throws Exception {
    SystemTools.require("readelf");
    String ranges = "0-20000 100000-%x".formatted(0x100000 + 40 * pageBytes - 0x20000);
    var pageSize = PageSize.of(pageBytes);
    var series = Series.at(made(pageSize, Map.of("address_ranges", ranges)));
    Path elf = directory.resolve("image.elf");
    ElfExport.write(series, 3, elf, Progress.NONE);
    Path raw = directory.resolve("image.raw");
    SeriesImage.write(series, 3, raw, Progress.NONE);
    byte[] expected = Files.readAllBytes(raw);
    byte[] file = Files.readAllBytes(elf);
    String shown = SystemTools.run(directory, "readelf", "-lW", "image.elf");
    Matcher segment = LOAD.matcher(shown);
    int at = 0;
    for (long address : List.of(0L, 0x100000L)) {
      assertTrue(segment.find(), shown);
      int offset = Integer.parseInt(segment.group(1), 16);
      int bytes = Integer.parseInt(segment.group(3), 16);
      assertEquals(address, Long.parseLong(segment.group(2), 16));
      assertEquals(bytes, Integer.parseInt(segment.group(4), 16));
      assertArrayEquals(
          Arrays.copyOfRange(expected, at, at + bytes),
          Arrays.copyOfRange(file, offset, offset + bytes));
      at += bytes;
    }
    assertEquals(expected.length, at);
    assertFalse(segment.find(), shown);
    assertTrue(
        SystemTools.run(directory, "readelf", "-hW", "image.elf")
            .contains(pageBytes == 4096 ? "X86-64" : "AArch64"));
    Path back = directory.resolve("back");
    ImageImport.run(
        elf,
        ImageFormat.ELF,
        back,
        new Provenance("v", "w", OptionalLong.of(1), pageSize),
        Progress.NONE);
    Path again = directory.resolve("again.raw");
    SeriesImage.write(Series.at(back), 0, again, Progress.NONE);
    assertArrayEquals(expected, Files.readAllBytes(again));
    assertEquals(ranges, Series.at(back).info().description().environment().get("address_ranges"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0-1000",
        "0-28001",
        "28000-0",
        "x",
        "",
        "0-14000 10000-24000",
        "7ff000000000000-7ff000000028000"
      })
  void addressesThatAreNoneAreRefused(String ranges) throws Exception {
    var series = Series.at(made(PageSize.SMALL, Map.of("address_ranges", ranges)));
    var e =
        assertThrows(
            IOException.class,
            () -> ElfExport.write(series, 0, directory.resolve("e"), Progress.NONE));
    assertTrue(String.valueOf(e.getMessage()).endsWith("export raw"), e::toString);
    assertFalse(Files.exists(directory.resolve("e")));
  }
}
