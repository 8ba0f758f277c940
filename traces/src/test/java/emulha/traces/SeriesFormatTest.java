package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.files.DamagedFileException;
import emulha.memory.DirtyPages;
import emulha.traces.exports.SeriesImage;
import emulha.traces.views.MergedSeries;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeriesFormatTest {
  @TempDir Path directory;

  // Without it, a page, free map, state or fact could get lost between writing and reading.
  @Test
  void readsBackWhatWasWritten() throws IOException {
    Path target = directory.resolve("s1");
    TestSeries.write(target, 100, 7, 1);
    var series = Series.at(target);

    assertEquals("s1", series.info().name());
    assertEquals(7, series.info().checkpoints());
    assertEquals(TestSeries.description(100, 100, 25), series.info().description());

    var random = new Random(1);
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      int pfn = 0;
      for (int from = 0; from < 100; from += 10) {
        for (int i = 0; i < 10; i++, pfn++) {
          if (pfn % 25 == 0) {
            assertTrue(cursor.nextBase(25, pages));
            assertEquals(25, pages.count());
          }
          assertEquals(pfn, pages.pfn(pfn % 25));
          assertPage(TestSeries.content(random), pages, pfn % 25);
        }
        random.nextBytes(new byte[13]);
      }
      assertFalse(cursor.nextBase(25, pages));
      assertThrows(IllegalStateException.class, cursor::last);
      var expected = new DirtyPages();
      for (int n = 0; n < 7; n++) {
        TestSeries.checkpoint(random, 100, n, expected);
        assertTrue(cursor.nextCheckpoint(pages));
        assertEquals(expected.count(), pages.count());
        for (int i = 0; i < expected.count(); i++) {
          assertEquals(expected.pfn(i), pages.pfn(i));
          assertPage(expected.slab(i), expected.offset(i), pages, i);
        }
        if (n % 3 == 1) {
          assertNull(pages.freeMap());
        } else {
          assertEquals(expected.freeMap().count(), pages.freeMap().count());
        }
        assertEquals(n, cursor.last().sequence());
        assertEquals((n + 1) * 25_000_000L, cursor.last().guestTimeNs());
        if (n % 3 == 0) {
          assertNull(cursor.last().state());
        } else {
          assertArrayEquals(TestSeries.content(random), cursor.last().state());
        }
      }
      assertFalse(cursor.nextCheckpoint(pages));
      assertEquals(0, pages.count());
    }
  }

  // Without it a recording that is packed would seem to take less than nothing, its base being
  // gone when it is asked, and would fill the disk.
  @Test
  void tellsWhatASeriesTakesAlsoWhilePacked() throws IOException {
    var description = TestSeries.description(1024, 1024, 25);
    try (var plain = SeriesWriter.create(directory.resolve("plain"), description);
        var packed = SeriesWriter.create(directory.resolve("packed.tar.zst"), description)) {
      var pages = new DirtyPages();
      for (int pfn = 0; pfn < 1024; pfn++) {
        pages.append(pfn, new byte[4096], 0);
      }
      plain.writeBase(pages);
      packed.writeBase(pages);
      assertEquals(0, plain.checkpointBytes());
      assertEquals(0, packed.checkpointBytes());
      var random = new Random(2);
      byte[] page = new byte[4096];
      for (int n = 0; n < 40; n++) {
        pages.clear();
        for (int pfn = 0; pfn < 16; pfn++) {
          random.nextBytes(page);
          pages.append(pfn, page, 0);
        }
        plain.writeCheckpoint(pages, n + 1L, null);
        packed.writeCheckpoint(pages, n + 1L, null);
      }
      assertEquals(16384 + 1024 * 4096, plain.baseBytes());
      assertEquals(40 * 17 * 4096, plain.checkpointBytes());
      // Zeros become next to nothing, random pages stay as large as they are.
      long base = packed.baseBytes();
      assertTrue(base < 300_000, base + " bytes of base");
      long checkpoints = packed.checkpointBytes();
      assertTrue(
          checkpoints > 40 * 13 * 4096 && checkpoints < 40 * 19 * 4096,
          checkpoints + " bytes of checkpoints");
    }
  }

  // Without it what once stood in an archive's way would keep it locked until the program ends.
  @Test
  void anArchiveThatCouldNotBeBegunCanBeLater() throws IOException {
    Path archive = directory.resolve("s.tar.zst");
    Path inTheWay = Files.createDirectory(directory.resolve("s.tar.zst.files"));
    Path file = Files.createFile(inTheWay.resolve("file"));
    var description = TestSeries.description(4, 4, 25);
    assertThrows(
        IllegalArgumentException.class, () -> SeriesWriter.create(archive, description).close());
    Files.delete(file);
    SeriesWriter.create(archive, description).close();
    assertFalse(Files.exists(archive));
  }

  // FORMAT.md is what others implement: its own writer must be understood by the reader.
  @Test
  void readsWhatTheSpecificationsPythonWriterWrites() throws Exception {
    SystemTools.require("python3");
    String specification =
        Files.readString(Path.of(System.getProperty("emulha.root"), "traces", "FORMAT.md"));
    int from = specification.indexOf("```python\n") + "```python\n".length();
    String code = specification.substring(from, specification.indexOf("```", from));
    Files.writeString(
        directory.resolve("crc32c.py"),
        """
        def crc32c(data):
            crc = 0xFFFFFFFF
            for b in data:
                crc ^= b
                for _ in range(8):
                    crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
            return crc ^ 0xFFFFFFFF
        """);
    Files.writeString(
        directory.resolve("write.py"),
        code
            + """

            assert crc32c(b"123456789") == 0xE3069283
            page = lambda b: bytes([b]) * 4096
            series("s", {0: page(1), 5: page(2)}, [{5: page(3)}, {}, {0: page(4), 9: page(5)}],
                   "v", "w", 10, 16 * 4096, "d")
            """);
    SystemTools.run(directory, "python3", "write.py");
    var series = Series.at(directory.resolve("s"));
    assertEquals("v", series.info().vm());
    assertEquals(2, series.info().basePages());
    byte[] image = TestSeries.imageAfter(series, 3);
    for (int pfn = 0; pfn < 16; pfn++) {
      int expected = pfn == 0 ? 4 : pfn == 5 ? 3 : pfn == 9 ? 5 : 0;
      assertEquals(expected, image[pfn * 4096]);
      assertEquals(expected, image[pfn * 4096 + 4095]);
    }
  }

  // The archive must be what the usual tools make, long window included.
  @Test
  void readsArchivesOfTheSystemsTarAndZstd() throws Exception {
    SystemTools.require("sh", "tar", "zstd");
    TestSeries.write(directory.resolve("s"), 300, 5, 2);
    SystemTools.run(
        directory,
        "sh",
        "-c",
        "tar -C s -c series.json series.json.sha256 base.ckpt $(cd s; ls 0*.ckpt)"
            + " | zstd -q -3 --long=31 > s.tar.zst");
    SystemTools.run(
        directory,
        "sh",
        "-c",
        "tar -c s/series.json s/series.json.sha256 s/base.ckpt $(ls s/0*.ckpt)"
            + " | zstd -q > in.directory.tar.zst");
    String expected = TestSeries.dump(Series.at(directory.resolve("s")));
    assertEquals(expected, TestSeries.dump(Series.at(directory.resolve("s.tar.zst"))));
    assertEquals(expected, TestSeries.dump(Series.at(directory.resolve("in.directory.tar.zst"))));
    assertEquals("s", Series.at(directory.resolve("s.tar.zst")).info().name());
  }

  // Decompressing on another thread must neither change what is read nor hide where it is damaged.
  @Test
  void readsTheSameAhead() throws Exception {
    TestSeries.write(directory.resolve("s"), 700, 5, 2);
    Path archive = directory.resolve("s.tar.zst");
    SeriesPacker.pack(directory.resolve("s"), archive, 3, Progress.NONE);
    Series series = Series.at(archive);
    assertEquals(TestSeries.dump(series), TestSeries.dump(series.readAhead()));
    byte[] bytes = Files.readAllBytes(archive);
    for (int cut : new int[] {bytes.length / 4, bytes.length / 2}) {
      Files.write(archive, Arrays.copyOf(bytes, cut));
      var plain = assertThrows(DamagedFileException.class, () -> TestSeries.dump(series));
      var ahead =
          assertThrows(DamagedFileException.class, () -> TestSeries.dump(series.readAhead()));
      assertEquals(plain.getMessage(), ahead.getMessage());
    }
  }

  // A checkpoint larger than one slab takes another path through the buffers.
  @Test
  void readsCheckpointsLargerThanOneSlab() throws IOException {
    Path target = directory.resolve("large");
    try (var writer = SeriesWriter.create(target, TestSeries.description(5000, 0, 25))) {
      var pages = new DirtyPages();
      byte[] page = new byte[4096];
      for (int pfn = 0; pfn < 5000; pfn += 2) {
        page[0] = (byte) pfn;
        page[1] = (byte) (pfn >> 8);
        pages.append(pfn, page, 0);
      }
      writer.writeCheckpoint(pages, CheckpointHeader.UNKNOWN_GUEST_TIME, null);
      writer.finish();
    }
    byte[] image = TestSeries.imageAfter(Series.at(target), 1);
    for (int pfn = 0; pfn < 5000; pfn++) {
      int found = (image[pfn * 4096] & 0xff) | (image[pfn * 4096 + 1] & 0xff) << 8;
      assertEquals(pfn % 2 == 0 ? pfn : 0, found);
    }
  }

  // RAM beyond 2 GiB: an offset kept in 32 bits would wrap and hit another page.
  @Test
  void holdsRamOfAnySize() throws IOException {
    long ramPages = 1L << 21; // 8 GiB
    long[] pfns = {0, (1L << 19) - 1, 1L << 19, 1L << 20, ramPages - 1};
    Path target = directory.resolve("s");
    try (var writer =
        SeriesWriter.create(target, TestSeries.description(ramPages, pfns.length, 25))) {
      var pages = new DirtyPages();
      byte[] page = new byte[4096];
      for (int round = 0; round < 3; round++) {
        pages.clear();
        for (int i = 0; i < pfns.length; i++) {
          page[0] = (byte) (10 * round + i + 1);
          pages.append(pfns[i], page, 0);
        }
        if (round == 0) {
          writer.writeBase(pages);
        } else {
          writer.writeCheckpoint(pages, round, null);
        }
      }
      writer.finish();
    }
    Path image = directory.resolve("image");
    SeriesImage.write(new MergedSeries(Series.at(target), 2), 1, image, Progress.NONE);
    assertEquals(ramPages * 4096, Files.size(image));
    try (var channel = FileChannel.open(image)) {
      for (int i = 0; i < pfns.length; i++) {
        var first = ByteBuffer.allocate(1);
        channel.read(first, pfns[i] * 4096);
        assertEquals(20 + i + 1, first.get(0));
      }
    }
  }

  // A killed or failed recording must not look like a whole one.
  @Test
  void leavesNothingUnlessFinished() throws IOException {
    Path target = directory.resolve("s");
    try (var writer = SeriesWriter.create(target, TestSeries.description(10, 0, 25))) {
      writer.writeCheckpoint(new DirtyPages(), 1, null);
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void refusesToOverwrite() throws IOException {
    Path target = directory.resolve("s");
    TestSeries.write(target, 10, 1, 3);
    var description = TestSeries.description(10, 0, 25);
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> SeriesWriter.create(target, description));
    assertTrue(error.getMessage().contains("not empty"), error::getMessage);
    Files.createDirectory(directory.resolve("empty"));
    try (var writer = SeriesWriter.create(directory.resolve("empty"), description)) {
      writer.finish();
    }
    assertEquals(0, Series.at(directory.resolve("empty")).info().checkpoints());
  }

  @Test
  void refusesAnIncompleteBaseAndPagesBeyondRam() throws IOException {
    var pages = new DirtyPages();
    pages.append(3);
    try (var writer =
        SeriesWriter.create(directory.resolve("a"), TestSeries.description(10, 2, 25))) {
      writer.writeBase(pages);
      assertThrows(IllegalArgumentException.class, () -> writer.writeBase(pages));
      assertThrows(IllegalStateException.class, writer::finish);
    }
    pages.append(10);
    try (var writer =
        SeriesWriter.create(directory.resolve("b"), TestSeries.description(10, 0, 25))) {
      assertThrows(IllegalArgumentException.class, () -> writer.writeCheckpoint(pages, 1, null));
    }
  }

  @Test
  void saysWhatIsNotASeries() throws IOException {
    var absent = assertThrows(IOException.class, () -> Series.at(directory.resolve("none")));
    assertTrue(absent.getMessage().contains("no such file"), absent::getMessage);
    var empty = assertThrows(IOException.class, () -> Series.at(directory));
    assertTrue(empty.getMessage().contains("series.json"), empty::getMessage);
    Path text = Files.writeString(directory.resolve("x.tar.zst"), "this is no archive at all");
    var foreign = assertThrows(IOException.class, () -> Series.at(text));
    assertTrue(foreign.getMessage().contains("x.tar.zst"), foreign::getMessage);
  }

  private static void assertPage(byte[] expected, DirtyPages pages, int index) {
    assertPage(expected, 0, pages, index);
  }

  private static void assertPage(byte[] expected, int offset, DirtyPages pages, int index) {
    for (int i = 0; i < 4096; i++) {
      assertEquals(expected[offset + i], pages.slab(index)[pages.offset(index) + i]);
    }
  }
}
