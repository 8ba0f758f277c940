package emulha.traces.imports.criu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.SeriesVerifier;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportTrial;
import emulha.traces.imports.image.ImportRequest;
import emulha.traces.stats.SeriesSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real chain is of a redis-server under load, made by CRIU 3.17.1 on Linux 6.1: four times
 * {@code pre-dump --track-mem}, then {@code dump}; of each directory the files that concern memory.
 */
class CriuImportTest {
  private static final Provenance REDIS =
      new Provenance("vm", "redis", OptionalLong.empty(), PageSize.SMALL);
  private static final Provenance MADE =
      new Provenance("vm", "made", OptionalLong.of(1_000_000_000), PageSize.SMALL);

  @TempDir Path directory;

  private Path realChain() throws IOException {
    return unpacked(
        new ZstdInputStream(CriuImportTest.class.getResourceAsStream("/criu-redis.tar.zst")));
  }

  private Path unpacked(InputStream archive) throws IOException {
    Path chain = directory.resolve("chain");
    try (var tar = new TarArchiveInputStream(archive)) {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        Path path = chain.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
          Files.createDirectories(path.getParent());
          Files.copy(tar, path);
        }
      }
    }
    return chain;
  }

  // The digests are of another program's reading of the same chain: all pages in the order of
  // their addresses, each with its last content, zero before it was there.
  @Test
  void importsTheRealChain() throws Exception {
    Path chain = realChain();
    Path path = directory.resolve("s");
    CriuImport.run(ImportTrial.request(path, REDIS, chain), Progress.NONE);
    SeriesVerifier.verify(path, Progress.NONE);
    var series = Series.at(path);
    assertEquals(4, series.info().checkpoints());
    assertEquals(954, series.info().basePages());
    assertEquals(1091 * 4096, series.info().ramBytes());
    String[] digests = {
      "474262653bf4dbfef597693f379305b05e8058cb4a47d9a1b6af2f4aa027c338",
      "cd75eae215399b5c8c18fcc12e9b00c57ebf9e9c41ad5b066a82da639dce7e68",
      "676dff76c643724ad810d7da897ea6949893f63aabb01293b88e2f7227defb83",
      "c0a07b6f7eb9ab11bef40e5af388d7d511b5c718e6c92253116abe98f4a7360a",
      "2b2068a3d82a55ab305cea5f7bae493a2fd39056a8e59f2deabfa5df6a51549f"
    };
    for (int n = 0; n < digests.length; n++) {
      byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(TestSeries.imageAfter(series, n));
      assertEquals(digests[n], HexFormat.of().formatHex(sha256), "image " + n);
    }
    int[] present = {424, 388, 392, 389};
    // CRIU's inventories: uptimes of 18.35, 21.46, 24.60, 28.45 and 32.70 s.
    long[] timesMs = {3110, 6250, 10_100, 14_350};
    // A quarter of 14.35 s; whole milliseconds would make it 3588 ms.
    assertEquals(3_587_500_000L, series.info().intervalNs());
    // 21.46 - 18.35, ... 32.70 - 28.45 s: a mean alone would hide that one is a third longer.
    assertEquals(
        new SeriesSummary.Kept(3_587_500_000L, 3_110_000_000L, 4_250_000_000L),
        SeriesSummary.of(series, Progress.NONE).kept());
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      for (int n = 0; n < present.length; n++) {
        assertTrue(cursor.nextCheckpoint(pages));
        assertEquals(present[n], pages.count());
        assertEquals(timesMs[n] * 1_000_000, cursor.last().guestTimeNs());
      }
    }
    // The last image alone leads to the same chain.
    CriuImport.run(
        new ImportRequest(
            List.of(chain.resolve("5")),
            directory.resolve("s2"),
            REDIS,
            OptionalLong.of(154),
            null,
            false),
        Progress.NONE);
    assertEquals(TestSeries.dump(series), TestSeries.dump(Series.at(directory.resolve("s2"))));
  }

  // Damage that got through would give pages at wrong addresses.
  @Test
  void refusesDamagedChains() throws IOException {
    Path chain = realChain();
    Damage.Importer importer =
        target -> CriuImport.run(ImportTrial.request(target, MADE, chain), Progress.NONE);
    for (String name : new String[] {"1/pagemap-154.img", "3/pagemap-154.img"}) {
      int refused =
          Damage.fuzz(
              chain.resolve(name), Integer.MAX_VALUE, 150, name.charAt(0), directory, importer);
      assertTrue(refused > 75, "only " + refused + " refused");
    }
    Damage.fuzz(chain.resolve("2/inventory.img"), 17, 40, 32, directory, importer);
    Files.write(
        chain.resolve("4/pages-1.img"),
        Arrays.copyOf(Files.readAllBytes(chain.resolve("4/pages-1.img")), 391 * 4096));
    var error = assertThrows(IOException.class, () -> importer.run(directory.resolve("none")));
    assertTrue(error.getMessage().contains("4/pages-1.img: byte " + 391 * 4096), error::getMessage);
  }

  private static byte[] message(long... fieldsAndValues) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < fieldsAndValues.length; i += 2) {
      varint(out, fieldsAndValues[i] << 3);
      varint(out, fieldsAndValues[i + 1]);
    }
    byte[] body = out.toByteArray();
    return ByteBuffer.allocate(4 + body.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(body.length)
        .put(body)
        .array();
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    for (long rest = value; ; rest >>>= 7) {
      if (rest >>> 7 == 0) {
        out.write((int) rest);
        return;
      }
      out.write((int) (rest & 0x7f) | 0x80);
    }
  }

  /** An image directory whose page contents are filled with consecutive bytes from {@code fill}. */
  private Path image(String name, String parent, int pages, int fill, byte[]... entries)
      throws IOException {
    Path image = Files.createDirectories(directory.resolve(name));
    if (!parent.isEmpty()) {
      Files.deleteIfExists(image.resolve("parent"));
      Files.createSymbolicLink(image.resolve("parent"), Path.of("..", parent));
    }
    var out = new ByteArrayOutputStream();
    out.write(HexFormat.of().parseHex("1943565425400856"));
    out.write(message(1, 7));
    for (byte[] entry : entries) {
      out.write(entry);
    }
    Files.write(image.resolve("pagemap-3.img"), out.toByteArray());
    byte[] content = new byte[4096 * pages];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (fill + i / 4096);
    }
    Files.write(image.resolve("pages-7.img"), content);
    return image;
  }

  private String refused(Path last) {
    return ImportTrial.refusedChain(last, directory.resolve("none"), MADE);
  }

  // CRIU before 2.x said in_parent, CRIU 4 counts pages in a field of its own.
  @Test
  void readsOlderAndNewerEntries() throws IOException {
    image("a", "", 5, 10, message(1, 0x1000, 2, 2), message(1, 0x7f0000000000L, 2, 0, 5, 3, 4, 4));
    Path last =
        image(
            "b",
            "a",
            2,
            50,
            message(1, 0x1000, 2, 1, 3, 1),
            message(1, 0x2000, 2, 1, 4, 6),
            message(1, 0x9000, 2, 1, 3, 0),
            message(1, 0x7f0000001000L, 2, 2, 4, 1));
    Path path = directory.resolve("s");
    CriuImport.run(ImportTrial.request(path, MADE, last), Progress.NONE);
    var series = Series.at(path);
    assertEquals(6 * 4096, series.info().ramBytes());
    assertEquals(5, series.info().basePages());
    assertEquals(
        "1000-3000 9000-a000 7f0000000000-7f0000003000",
        series.info().description().environment().get("address_ranges"));
    byte[] image = TestSeries.imageAfter(series, 1);
    int[] expected = {10, 50, 51, 12, 13, 14};
    for (int frame = 0; frame < 6; frame++) {
      assertEquals(expected[frame], image[4096 * frame]);
    }
  }

  private Series imported(Path source, OptionalLong process) throws IOException {
    Path path = directory.resolve("s" + ++series);
    CriuImport.run(
        new ImportRequest(List.of(source), path, MADE, process, null, false), Progress.NONE);
    SeriesVerifier.verify(path, Progress.NONE);
    return Series.at(path);
  }

  private int series;

  // Of the base's 274 pages 260 are zeros that CRIU punched out: read as contents, they make every
  // method look better than it is. The chain is of CRIU 4.2.1, three pre-dumps --track-mem
  // --auto-dedup and a dump, in an archive that has lost its holes.
  @Test
  void refusesChainsAfterDeduplication() throws IOException {
    Path chain =
        unpacked(
            new GZIPInputStream(CriuImportTest.class.getResourceAsStream("/criu-autodedup.tgz")));
    String message = refused(chain.resolve("autodedup"));
    assertTrue(message.contains("1/pages-1.img: byte "), message);
    assertTrue(message.contains("zeros in place of all"), message);
    assertTrue(message.contains("criu dedup"), message);
    CriuImport.run(
        new ImportRequest(
            List.of(chain.resolve("autodedup")),
            directory.resolve("trusted"),
            MADE,
            OptionalLong.empty(),
            null,
            true),
        Progress.NONE);
    assertEquals(3, Series.at(directory.resolve("trusted")).info().checkpoints());
  }

  // Where the holes are still there, one is enough.
  @Test
  void refusesHolesInPlaceOfReplacedPages() throws IOException {
    image("a", "", 4, 10, message(1, 0x1000, 2, 4, 4, 4));
    image("b", "a", 2, 50, message(1, 0x1000, 2, 2, 4, 1), message(1, 0x3000, 2, 2, 4, 4));
    Path pages = directory.resolve("a/pages-7.img");
    byte[] content = Files.readAllBytes(pages);
    Files.delete(pages);
    try (var file = new RandomAccessFile(pages.toFile(), "rw")) {
      // A hole in a page that nobody replaces, as copying with --sparse makes of zeros, is zeros.
      file.seek(4096);
      file.write(content, 4096, 3 * 4096);
    }
    byte[] image = TestSeries.imageAfter(imported(directory.resolve("b"), OptionalLong.empty()), 0);
    assertEquals(0, image[0]);
    assertEquals(12, image[2 * 4096]);
    Files.delete(pages);
    try (var file = new RandomAccessFile(pages.toFile(), "rw")) {
      file.write(content, 0, 3 * 4096);
      file.setLength(4 * 4096);
    }
    String message = refused(directory.resolve("b"));
    assertTrue(message.contains("a/pages-7.img: byte 12288: a hole in place of"), message);
    assertTrue(message.contains("b/pagemap-3.img replaces"), message);
    assertTrue(message.contains("--trust-zeros"), message);
    // One replaced page of zeros among others is what the process held.
    Files.write(pages, Arrays.copyOf(Arrays.copyOf(content, 3 * 4096), 4 * 4096));
    assertEquals(
        0, TestSeries.imageAfter(imported(directory.resolve("b"), OptionalLong.empty()), 0)[12288]);
    byte[] both = content.clone();
    Arrays.fill(both, 2 * 4096, 4 * 4096, (byte) 0);
    Files.write(pages, both);
    assertTrue(refused(directory.resolve("b")).contains("zeros in place of all 2 pages"));
  }

  /** As {@link #image}, of a shared memory object. */
  private void shared(String image, long id, int pages, int fill, byte[]... entries)
      throws IOException {
    var out = new ByteArrayOutputStream();
    out.write(HexFormat.of().parseHex("1943565425400856"));
    out.write(message(1, 9));
    for (byte[] entry : entries) {
      out.write(entry);
    }
    Path at = directory.resolve(image);
    Files.write(at.resolve("pagemap-shmem-" + id + ".img"), out.toByteArray());
    byte[] content = new byte[4096 * pages];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (fill + i / 4096);
    }
    Files.write(at.resolve("pages-9.img"), content);
  }

  // Half of a process's memory could be missing without a word.
  @Test
  void importsOrNamesSharedMemory() throws IOException {
    byte[] own = message(1, 0x1000, 2, 2, 4, 4);
    image("a", "", 2, 10, own);
    image("b", "a", 1, 50, message(1, 0x1000, 2, 1, 4, 1), message(1, 0x2000, 2, 1, 4, 4));
    shared("b", 4, 3, 100, message(1, 0, 2, 3, 4, 4));
    Series once = imported(directory.resolve("b"), OptionalLong.empty());
    assertEquals(
        "shared memory that only one image holds, so that its changes are not known: 3 pages of"
            + " pagemap-shmem-4.img",
        once.info().description().environment().get("left_out"));
    assertEquals(2 * 4096, once.info().ramBytes());

    // In several images it is memory like any other, tracked or compared on its own.
    image("c", "b", 0, 0, message(1, 0x1000, 2, 2, 4, 1));
    shared(
        "c",
        4,
        1,
        110,
        message(1, 0, 2, 1, 4, 1),
        message(1, 0x1000, 2, 1, 4, 4),
        message(1, 0x2000, 2, 1, 4, 1));
    Series tracked = imported(directory.resolve("c"), OptionalLong.empty());
    assertEquals(
        "1000-3000 1000000000000000-1000000000003000",
        tracked.info().description().environment().get("address_ranges"));
    assertEquals(
        "pagemap-shmem-4.img at 1000000000000000",
        tracked.info().description().environment().get("shared_memory"));
    byte[] image = TestSeries.imageAfter(tracked, 2);
    int[] expected = {10, 50, 100, 110, 102};
    for (int frame = 0; frame < expected.length; frame++) {
      assertEquals(expected[frame], image[4096 * frame], "frame " + frame);
    }
    assertEquals(5, SeriesSummary.of(tracked, Progress.NONE).dirtyPages());
    assertEquals(
        "CRIU's memory tracking: pages present in an image, not in its parent",
        tracked.info().dirtyBy());
    shared("c", 4, 3, 101, message(1, 0, 2, 3, 4, 4));
    Files.write(
        directory.resolve("c/pages-9.img"), Files.readAllBytes(directory.resolve("b/pages-9.img")));
    Series compared = imported(directory.resolve("c"), OptionalLong.empty());
    assertEquals(4, SeriesSummary.of(compared, Progress.NONE).dirtyPages());
    assertTrue(
        compared.info().dirtyBy().contains("in 1 of 4 pagemaps content comparison"),
        compared.info().dirtyBy());
  }

  // A process forked while the chain is made has no pagemap in the images before.
  @Test
  void startsWhereTheProcessAppears() throws IOException {
    byte[] parent = message(1, 0x1000, 2, 2, 4, 4);
    image("a", "", 2, 10, parent);
    image("b", "a", 2, 20, parent);
    image("c", "b", 1, 30, message(1, 0x1000, 2, 1, 4, 1), message(1, 0x2000, 2, 1, 4, 4));
    for (String name : new String[] {"b", "c"}) {
      Files.move(
          directory.resolve(name + "/pagemap-3.img"), directory.resolve(name + "/pagemap-8.img"));
    }
    Series late = imported(directory.resolve("c"), OptionalLong.of(8));
    assertEquals(1, late.info().checkpoints());
    assertEquals(2, late.info().basePages());
    assertEquals(20, TestSeries.imageAfter(late, 0)[0]);
    assertEquals(30, TestSeries.imageAfter(late, 1)[4096]);
    assertEquals(
        "image 2 of the chain, the first that has the process",
        late.info().description().environment().get("starts_at"));
    var error =
        assertThrows(IOException.class, () -> imported(directory.resolve("c"), OptionalLong.of(3)));
    assertTrue(error.getMessage().contains("has no process 3; it has 8"), error::getMessage);
    error =
        assertThrows(IOException.class, () -> imported(directory.resolve("b"), OptionalLong.of(8)));
    assertTrue(error.getMessage().contains("first image with process 8"), error::getMessage);
  }

  // Without soft-dirty bits (arm64, clouds) each dump is whole: taken for tracked, every page would
  // be dirty in every checkpoint.
  @Test
  void comparesDumpsMadeWithoutTracking() throws IOException {
    image("1", "", 3, 10, message(1, 0x1000, 2, 3, 4, 4));
    image("2", "", 4, 10, message(1, 0x1000, 2, 4, 4, 4));
    image("10", "", 4, 10, message(1, 0x1000, 2, 4, 4, 4));
    Path last = directory.resolve("10/pages-7.img");
    byte[] content = Files.readAllBytes(last);
    content[2 * 4096 + 77]++;
    Files.write(last, content);
    for (boolean linked : new boolean[] {false, true}) {
      if (linked) {
        Files.createSymbolicLink(directory.resolve("2/parent"), Path.of("../1"));
        Files.createSymbolicLink(directory.resolve("10/parent"), Path.of("../2"));
      }
      Series compared =
          imported(linked ? directory.resolve("10") : directory, OptionalLong.empty());
      assertEquals(2, compared.info().checkpoints());
      assertTrue(
          compared.info().dirtyBy().startsWith("content comparison"), compared.info().dirtyBy());
      try (var cursor = compared.open()) {
        var pages = new DirtyPages();
        assertTrue(cursor.nextCheckpoint(pages));
        assertEquals(1, pages.count());
        assertEquals(3, pages.pfn(0));
        assertTrue(cursor.nextCheckpoint(pages));
        assertEquals(1, pages.count());
        assertEquals(2, pages.pfn(0));
      }
      assertArrayEquals(content, TestSeries.imageAfter(compared, 2));
    }
    // Pages in a parent that is not linked are nowhere.
    Files.delete(directory.resolve("2/parent"));
    Files.delete(directory.resolve("10/parent"));
    image("10", "", 1, 10, message(1, 0x1000, 2, 1, 4, 4), message(1, 0x2000, 2, 1, 4, 1));
    assertTrue(refused(directory).contains("there is no link to one"));
  }

  @Test
  void refusesWhatItCannotRead() throws IOException {
    byte[] two = message(1, 0x1000, 2, 2, 4, 4);
    image("a", "", 2, 0, two);
    // Compressed pages: fields 6 and 7.
    assertTrue(
        refused(image("b", "a", 2, 0, message(1, 0x1000, 2, 2, 4, 4, 6, 100)))
            .contains("compressed"));
    assertTrue(refused(image("b", "a", 0, 0, message(1, 0x1000, 2, 2, 4, 2))).contains("lazy"));
    assertTrue(
        refused(image("b", "a", 0, 0, message(1, 0x3000, 2, 1, 4, 1)))
            .contains("page 3000 is said to be in the parent"));
    assertTrue(
        refused(image("b", "a", 0, 0, message(1, 0x1000, 2, 1, 5, 1L << 50, 4, 1)))
            .contains("page 3000 is said to be in the parent"));
    assertTrue(
        refused(image("b", "a", 4, 0, message(1, 0x2000, 2, 2, 4, 4), two)).contains("ascending"));
    assertTrue(refused(image("b", "a", 1, 0, two)).contains("expected 2 pages"));
    assertTrue(refused(image("b", "a", 3, 0, two)).contains("expected 2 pages"));
    assertTrue(
        refused(image("b", "a", 2, 0, message(1, 0x1000, 2, 2, 4, 8))).contains("unknown flags"));
    assertTrue(refused(image("b", "a", 2, 0, message(2, 2, 4, 4))).contains("vaddr"));
    assertTrue(refused(directory.resolve("a")).contains("has no parent"));
    assertTrue(refused(image("b", "c", 2, 0, two)).contains("leads to no directory"));
    assertTrue(refused(image("b", "b", 2, 0, two)).contains("is its own ancestor"));
    image("b", "a", 2, 0, two);
    Files.copy(directory.resolve("b/pagemap-3.img"), directory.resolve("b/pagemap-4.img"));
    assertTrue(refused(directory.resolve("b")).contains("there are 3, 4"));
    var noInterval =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                CriuImport.run(
                    new ImportRequest(
                        List.of(directory.resolve("b")),
                        directory.resolve("none"),
                        REDIS,
                        OptionalLong.of(3),
                        null,
                        false),
                    Progress.NONE));
    assertTrue(noInterval.getMessage().contains("interval"), noInterval::getMessage);
  }
}
