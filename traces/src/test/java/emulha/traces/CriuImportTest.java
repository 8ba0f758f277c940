package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import emulha.memory.DirtyPages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real chain is of a redis-server under load, made by CRIU 3.17.1 on Linux 6.1: four times
 * {@code pre-dump --track-mem}, then {@code dump}; of each directory the files that concern memory.
 */
class CriuImportTest {
  private static final Provenance REDIS = new Provenance("vm", "redis", OptionalLong.empty());
  private static final Provenance MADE =
      new Provenance("vm", "made", OptionalLong.of(1_000_000_000));

  @TempDir Path directory;

  private Path realChain() throws IOException {
    Path chain = directory.resolve("chain");
    try (var tar =
        new TarArchiveInputStream(
            new ZstdInputStream(CriuImportTest.class.getResourceAsStream("/criu-redis.tar.zst")))) {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        Path path = chain.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
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
    CriuImport.run(chain, OptionalLong.empty(), path, REDIS, Progress.NONE);
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
        chain.resolve("5"), OptionalLong.of(154), directory.resolve("s2"), REDIS, Progress.NONE);
    assertEquals(TestSeries.dump(series), TestSeries.dump(Series.at(directory.resolve("s2"))));
  }

  // Damage that got through would give pages at wrong addresses.
  @Test
  void refusesDamagedChains() throws IOException {
    Path chain = realChain();
    Damage.Importer importer =
        target -> CriuImport.run(chain, OptionalLong.empty(), target, MADE, Progress.NONE);
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
    var error =
        assertThrows(
            IOException.class,
            () ->
                CriuImport.run(
                    last, OptionalLong.empty(), directory.resolve("none"), MADE, Progress.NONE));
    assertFalse(Files.exists(directory.resolve("none")));
    return String.valueOf(error.getMessage());
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
    CriuImport.run(last, OptionalLong.empty(), path, MADE, Progress.NONE);
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
                    directory.resolve("b"),
                    OptionalLong.of(3),
                    directory.resolve("none"),
                    REDIS,
                    Progress.NONE));
    assertTrue(noInterval.getMessage().contains("interval"), noInterval::getMessage);
  }
}
