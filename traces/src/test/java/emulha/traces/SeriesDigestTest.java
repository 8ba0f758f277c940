package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The digest of what a guest did, and series that are packed while they are written. */
class SeriesDigestTest {
  @TempDir Path directory;

  /** Two base pages of eight, then two checkpoints of one page each. */
  private Path write(String name, int content, String note) throws IOException {
    Path series = directory.resolve(name);
    try (var writer = SeriesWriter.create(series, TestSeries.description(8, 2, 25))) {
      writer.writeBase(pages(1, 5));
      writer.note("captured_at", note);
      writer.writeCheckpoint(filled(5, content), 25_000_000, null);
      writer.writeCheckpoint(filled(7, 9), 50_000_000, null);
      writer.finish();
    }
    return series;
  }

  private static DirtyPages pages(long... pfns) {
    var pages = new DirtyPages();
    for (long pfn : pfns) {
      pages.append(pfn);
    }
    return pages;
  }

  private static DirtyPages filled(long pfn, int value) {
    DirtyPages pages = pages(pfn);
    pages.slab(0)[pages.offset(0) + 100] = (byte) value;
    return pages;
  }

  private static String digest(Path series, int checkpoints) throws IOException {
    return SeriesDigest.of(Series.at(series), checkpoints, Progress.NONE);
  }

  // The bytes as FORMAT.md lists them, put together by hand: a digest that someone else computes
  // from the format must be the same.
  @Test
  void isTheSha256OfWhatTheFormatLists() throws Exception {
    Path series = write("series", 3, "today");
    var bytes = new ByteArrayOutputStream();
    words(bytes, 8 * 4096, 2, 2);
    page(bytes, 1, 0);
    page(bytes, 5, 0);
    words(bytes, 0);
    words(bytes, 25_000_000, 1);
    page(bytes, 5, 3);
    words(bytes, 0);
    words(bytes, 50_000_000, 1);
    page(bytes, 7, 9);
    words(bytes, 0);
    assertEquals(
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray())),
        digest(series, 2));
  }

  private static void words(ByteArrayOutputStream bytes, long... values) {
    for (long value : values) {
      bytes.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }
  }

  private static void page(ByteArrayOutputStream bytes, long pfn, int value) {
    words(bytes, pfn);
    byte[] content = new byte[4096];
    content[100] = (byte) value;
    bytes.writeBytes(content);
  }

  @Test
  void knowsContentsAndNotTheirWrapping() throws Exception {
    Path series = write("series", 3, "today");
    Path packed = write("packed.tar.zst", 3, "another day");
    Path other = write("other", 4, "today");
    assertEquals(digest(series, 9), digest(packed, 9));
    assertNotEquals(digest(series, 9), digest(other, 9));
    assertNotEquals(digest(series, 1), digest(series, 2));
  }

  // What is packed on the way must be what is packed afterwards: same files, sealed, one archive.
  @Test
  void aSeriesPackedWhileItIsWrittenUnpacksToTheSameFiles() throws Exception {
    Path series = write("series", 3, "today");
    Path packed = write("packed.tar.zst", 3, "today");
    assertTrue(SeriesVerifier.verify(packed, Progress.NONE).sealed());
    Path unpacked = directory.resolve("unpacked");
    SeriesPacker.unpack(packed, unpacked, Progress.NONE);
    for (String name : List.of("series.json", "base.ckpt", "000000.ckpt", "000001.ckpt")) {
      assertArrayEquals(
          Files.readAllBytes(series.resolve(name)), Files.readAllBytes(unpacked.resolve(name)));
    }
    try (var left = Files.list(directory)) {
      assertEquals(3, left.count(), "nothing is left of the packing");
    }
  }

  @Test
  void anUnfinishedArchiveLeavesNothing() throws Exception {
    Path packed = directory.resolve("packed.tar.zst");
    try (var writer = SeriesWriter.create(packed, TestSeries.description(8, 2, 25))) {
      writer.writeBase(pages(1, 5));
      writer.writeCheckpoint(filled(5, 1), 25_000_000, null);
    }
    try (var left = Files.list(directory)) {
      assertEquals(0, left.count());
    }
  }
}
