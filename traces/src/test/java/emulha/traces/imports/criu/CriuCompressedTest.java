package emulha.traces.imports.criu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.PageSize;
import emulha.traces.Progress;
import emulha.traces.Provenance;
import emulha.traces.Series;
import emulha.traces.SeriesVerifier;
import emulha.traces.SystemTools;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed CRIU images, by the synthetic writer {@link CriuPages}. */
class CriuCompressedTest {
  private static final Provenance MADE =
      new Provenance("vm", "made", OptionalLong.of(1_000_000_000), PageSize.SMALL);

  @TempDir Path directory;

  @BeforeAll
  static void tools() {
    SystemTools.require("lz4");
  }

  /** Pages of text, noise and zeros, so that each of a block's three forms occurs. */
  private static byte[] content(int pages, long seed) {
    var random = new Random(seed);
    byte[] content = new byte[pages * 4096];
    for (int page = 0; page < pages; page++) {
      byte[] bytes = new byte[4096];
      switch (page / 3 % 3) {
        case 0 -> bytes[0] = 0;
        case 1 -> random.nextBytes(bytes);
        default -> {
          for (int i = 0; i < 4096; i++) {
            bytes[i] = (byte) "page %d ".formatted(page).charAt(i % 7);
          }
        }
      }
      System.arraycopy(bytes, 0, content, page * 4096, 4096);
    }
    return content;
  }

  private Series imported(Path last) throws IOException {
    Path path = directory.resolve("series-" + last.getFileName());
    CriuImport.run(ImportTrial.request(path, MADE, last), Progress.NONE);
    SeriesVerifier.verify(path, Progress.NONE);
    return Series.at(path);
  }

  private String refused(Path last) {
    return ImportTrial.refusedChain(last, directory.resolve("none"), MADE);
  }

  // A block taken for another, or a page for its neighbour in the block, gives a recording that is
  // intact and wrong. The contents written are the oracle; 19 pages leave a short last block.
  @ParameterizedTest
  @CsvSource({
    "1, FIELDS",
    "1, PACKED",
    "1, MESSAGE",
    "16, FIELDS",
    "16, MESSAGE",
    "64, PACKED",
    "1024, MESSAGE"
  })
  void readsPagesInBlocks(int blockPages, CriuPages.Form form) throws Exception {
    byte[] first = content(19, 1);
    byte[] plain = content(5, 2);
    byte[] second = content(19, 3);
    var base =
        new CriuPages(directory)
            .compressed(0x1000, first, blockPages, form, false)
            .plain(0x100000, plain, true)
            .compressed(0x200000, second, blockPages, form, false);
    if (blockPages == 1) {
      assertTrue(base.sizes.contains(0) && base.sizes.contains(4096), base.sizes::toString);
    }
    assertTrue(
        base.sizes.stream().anyMatch(size -> size > 0 && size % 4096 != 0), base.sizes::toString);
    base.write(directory.resolve("a"), "");
    byte[] changed = content(4, 4);
    new CriuPages(directory)
        .parent(0x1000, 2)
        .compressed(0x3000, changed, blockPages, form, true)
        .parent(0x7000, 13)
        .parent(0x100000, 5)
        .parent(0x200000, 19)
        .write(directory.resolve("b"), "a");
    Series series = imported(directory.resolve("b"));
    assertEquals(19 + 5 + 19, series.info().basePages());
    assertArrayEquals(concatenated(first, plain, second), TestSeries.imageAfter(series, 0), "base");
    System.arraycopy(changed, 0, first, 2 * 4096, changed.length);
    assertArrayEquals(concatenated(first, plain, second), TestSeries.imageAfter(series, 1));
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(4, pages.count());
    }
  }

  private static byte[] concatenated(byte[]... parts) {
    byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  // Images without tracking are compared with what was there: page by page, over blocks.
  @Test
  void comparesCompressedImagesWithoutParents() throws Exception {
    byte[] before = content(40, 5);
    new CriuPages(directory)
        .compressed(0x1000, before, 16, CriuPages.Form.MESSAGE, false)
        .write(directory.resolve("chain/1"), "");
    byte[] after = before.clone();
    after[17 * 4096 + 9]++;
    new CriuPages(directory)
        .compressed(0x1000, after, 1, CriuPages.Form.FIELDS, false)
        .write(directory.resolve("chain/2"), "");
    Series series = imported(directory.resolve("chain"));
    assertArrayEquals(after, TestSeries.imageAfter(series, 1));
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(1, pages.count());
      assertEquals(17, pages.pfn(0));
    }
  }

  // Zeros in place of a block are what criu dedup leaves of it: no block is stored as zeros.
  @Test
  void refusesBlocksPunchedOut() throws Exception {
    byte[] noise = new byte[4096];
    new Random(6).nextBytes(noise);
    byte[] text = content(9, 7);
    new CriuPages(directory)
        .plain(0x1000, noise, false)
        .compressed(0x10000, concatenated(noise, text), 1, CriuPages.Form.FIELDS, false)
        .write(directory.resolve("a"), "");
    new CriuPages(directory)
        .parent(0x1000, 1)
        .parent(0x10000, 10)
        .write(directory.resolve("b"), "a");
    Path pages = directory.resolve("a/pages-7.img");
    byte[] intact = Files.readAllBytes(pages);
    byte[] punched = intact.clone();
    Arrays.fill(punched, 4096, 8192, (byte) 0);
    Files.write(pages, punched);
    String message = refused(directory.resolve("b"));
    assertTrue(message.contains("a/pages-7.img: byte 4096: zeros in place of"), message);
    Files.write(pages, intact);
    assertEquals(1, imported(directory.resolve("b")).info().checkpoints());
  }

  // Damage that got through would give other contents under intact checksums.
  @Test
  void refusesDamagedBlocks() throws Exception {
    new CriuPages(directory)
        .compressed(0x1000, content(60, 8), 16, CriuPages.Form.MESSAGE, false)
        .write(directory.resolve("a"), "");
    new CriuPages(directory)
        .compressed(0x1000, content(60, 9), 16, CriuPages.Form.FIELDS, false)
        .write(directory.resolve("b"), "a");
    Path scratch = Files.createDirectories(directory.resolve("fuzzed"));
    Damage.Importer importer =
        target ->
            CriuImport.run(
                ImportTrial.request(target, MADE, directory.resolve("b")), Progress.NONE);
    for (String file : new String[] {"a/pagemap-3.img", "b/pagemap-3.img"}) {
      int refused =
          Damage.fuzz(
              directory.resolve(file), Integer.MAX_VALUE, 200, file.charAt(0), scratch, importer);
      assertTrue(refused > 120, file + ": only " + refused + " refused");
    }
    Damage.fuzz(directory.resolve("a/pages-7.img"), Integer.MAX_VALUE, 100, 10, scratch, importer);
  }

  // Each contradiction is one that a writer's mistake, or an attack, would make.
  @Test
  void refusesContradictions() throws Exception {
    byte[] two = CriuPages.message(1, 0x1000, 2, 2, 4, 4);
    write("a", new byte[8192], two);
    String parent = "a";
    // Two blocks of a page each, of 100 and 0 bytes, but a sum of 99.
    assertRefused(
        parent,
        100,
        "expected blocks of 99 bytes, found 100",
        1,
        0x1000,
        2,
        2,
        4,
        4,
        6,
        100,
        6,
        0,
        7,
        99);
    assertRefused(
        parent,
        100,
        "expected 2 blocks of compressed pages, found 1",
        1,
        0x1000,
        2,
        2,
        4,
        4,
        6,
        100,
        7,
        100);
    assertRefused(
        parent, 100, "takes 4097 bytes, more than its pages", 1, 0x1000, 2, 2, 4, 4, 6, 4097, 6, 0);
    assertRefused(
        parent,
        100,
        "expected blocks of at most 4194304 bytes",
        1,
        0x1000,
        2,
        2,
        4,
        4,
        6,
        100,
        8,
        1025);
    assertRefused(parent, 0, "without the sizes of their blocks", 1, 0x1000, 2, 2, 4, 4, 7, 0);
    assertRefused(
        parent, 0, "not in the image, but compressed in it", 1, 0x1000, 2, 2, 4, 1, 6, 0, 6, 0);
    assertRefused(
        parent,
        99,
        "expected 100 bytes as in pagemap-3.img, found 99",
        1,
        0x1000,
        2,
        2,
        4,
        4,
        6,
        100,
        6,
        0);
    assertRefused(parent, 0, "a block of 18446744073709551615 bytes", 1, 0x1000, 2, 1, 4, 4, 6, -1);
  }

  // 4 MB of pagemap that claim 16 TiB of zeros, in 4 million blocks that take nothing.
  @Test
  void refusesMoreZerosThanThereIsRoomFor() throws Exception {
    new CriuPages(directory).zeros(0x1000, 1L << 32, 1024).write(directory.resolve("a"), "");
    new CriuPages(directory).parent(0x1000, 1).write(directory.resolve("b"), "a");
    String message = refused(directory.resolve("b"));
    assertTrue(message.contains("more than"), message);
  }

  // The same in a checkpoint, where the room was once not asked for: 1 MB that claim 4 TiB.
  @ParameterizedTest
  @ValueSource(strings = {"none", "none.tar.zst"})
  void refusesMoreZerosInACheckpointThanThereIsRoomFor(String name) throws Exception {
    new CriuPages(directory).plain(0x1000, new byte[4096], false).write(directory.resolve("a"), "");
    Path image =
        new CriuPages(directory).zeros(0x2000, 1L << 30, 1024).write(directory.resolve("b"), "a");
    var request = ImportTrial.request(directory.resolve(name), MADE, image);
    var error = assertThrows(IOException.class, () -> CriuImport.run(request, Progress.NONE));
    assertTrue(error.getMessage().contains("b/pagemap-3.img: "), error.getMessage());
    assertTrue(error.getMessage().contains("more than the room for"), error.getMessage());
  }

  private void assertRefused(String parent, int bytes, String reason, long... fields)
      throws IOException {
    byte[] pages = new byte[bytes];
    Arrays.fill(pages, (byte) 1);
    Path image = write("b", pages, CriuPages.message(fields));
    Files.deleteIfExists(image.resolve("parent"));
    Files.createSymbolicLink(image.resolve("parent"), Path.of("..", parent));
    String message = refused(image);
    assertTrue(message.contains(reason), message);
  }

  private Path write(String name, byte[] pages, byte[] entry) throws IOException {
    Path image = new CriuPages(directory).write(directory.resolve(name), "");
    Path pagemap = image.resolve("pagemap-3.img");
    byte[] head = Files.readAllBytes(pagemap);
    Files.write(pagemap, concatenated(head, entry));
    Files.write(image.resolve("pages-7.img"), pages);
    return image;
  }
}
