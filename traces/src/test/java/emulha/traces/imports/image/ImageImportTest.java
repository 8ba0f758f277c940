package emulha.traces.imports.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import emulha.traces.imports.FirecrackerImport;
import emulha.traces.stats.SeriesSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageImportTest {
  private static final Provenance MADE =
      new Provenance("vm", "made", OptionalLong.of(50_000_000), PageSize.SMALL);

  @TempDir Path directory;
  private Path source;

  @BeforeEach
  void createSource() throws IOException {
    source = Files.createDirectory(directory.resolve("images"));
  }

  private Series imported(ImageFormat format) throws IOException {
    Path path = directory.resolve("s");
    ImageImport.run(source, format, path, MADE, Progress.NONE);
    SeriesVerifier.verify(path, Progress.NONE);
    return Series.at(path);
  }

  private String refused(ImageFormat format) {
    var error =
        assertThrows(
            IOException.class,
            () -> ImageImport.run(source, format, directory.resolve("none"), MADE, Progress.NONE));
    assertFalse(Files.exists(directory.resolve("none")));
    return String.valueOf(error.getMessage());
  }

  // Number 10 before number 2 would still be a series, but one that never happened.
  @Test
  void importsRawImagesInTheOrderOfTheirNumbers() throws IOException {
    var random = new Random(41);
    byte[] ram = new byte[2500 * 4096];
    byte[][] states = new byte[12][];
    for (int n = 0; n < 12; n++) {
      for (int i = 0; i < 5; i++) {
        ram[random.nextInt(ram.length)]++;
      }
      states[n] = ram.clone();
      Files.write(source.resolve("ram-" + n), ram);
    }
    Files.writeString(source.resolve(".hidden"), "no image");
    var series = imported(ImageFormat.RAW);
    assertEquals(11, series.info().checkpoints());
    assertEquals(50_000_000, series.info().intervalNs());
    for (int n = 0; n < 12; n++) {
      assertArrayEquals(states[n], TestSeries.imageAfter(series, n), "image " + n);
    }
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      while (cursor.nextCheckpoint(pages)) {
        assertTrue(pages.count() >= 1 && pages.count() <= 5, pages.count() + " pages");
      }
    }
  }

  @Test
  void refusesRawImagesOfOtherSizes() throws IOException {
    Files.write(source.resolve("1"), new byte[8192]);
    assertTrue(refused(ImageFormat.RAW).contains("expected two images"));
    Files.write(source.resolve("2"), new byte[12288]);
    assertTrue(refused(ImageFormat.RAW).contains("2: RAM at 0-3000"));
    Files.write(source.resolve("2"), new byte[8193]);
    assertTrue(refused(ImageFormat.RAW).contains("2: byte 8193"));
    Files.write(source.resolve("2"), new byte[0]);
    assertTrue(refused(ImageFormat.RAW).contains("2: byte 0"));
  }

  private static byte[] lime(long[][] ranges, int fill) throws IOException {
    var out = new ByteArrayOutputStream();
    for (long[] range : ranges) {
      out.write(
          ByteBuffer.allocate(32)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(0x4C694D45)
              .putInt(1)
              .putLong(range[0])
              .putLong(range[1])
              .array());
      byte[] content = new byte[(int) (range[1] - range[0] + 1)];
      Arrays.fill(content, (byte) (fill + (range[0] >> 12)));
      out.write(content);
    }
    return out.toByteArray();
  }

  // Ranges of a real machine begin and end within pages and leave holes between them.
  @Test
  void importsLimeRangesWithHolesAndPartsOfPages() throws IOException {
    long[][] ranges = {{0x1000, 0x2bff}, {0x2d00, 0x2fff}, {0x100000, 0x102fff}};
    Files.write(source.resolve("1.lime"), lime(ranges, 10));
    byte[] second = lime(ranges, 10);
    second[second.length - 1] = 99;
    Files.write(source.resolve("2.lime"), second);
    var series = imported(ImageFormat.LIME);
    assertEquals(5 * 4096, series.info().ramBytes());
    assertEquals(
        "1000-3000 100000-103000", series.info().description().environment().get("address_ranges"));
    byte[] image = TestSeries.imageAfter(series, 1);
    assertEquals(11, image[0]);
    assertEquals(11, image[0x1bff]);
    assertEquals(0, image[0x1c00]);
    assertEquals(12, image[0x1d00]);
    assertEquals(10, image[0x2000]);
    assertEquals(99, image[0x4fff]);
    assertEquals(10, TestSeries.imageAfter(series, 0)[0x4fff]);
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      assertTrue(cursor.nextCheckpoint(pages));
      assertEquals(1, pages.count());
      assertEquals(4, pages.pfn(0));
    }
  }

  private static byte[] elf(long[][] segments) {
    var file = ByteBuffer.allocate(0x6000).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0x464C457F).putShort((short) 0x0102).put((byte) 1);
    file.putShort(16, (short) 4).putShort(18, (short) 62).putInt(20, 1);
    file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) (segments.length + 1));
    file.putInt(64, 4).putLong(64 + 32, 100);
    for (int i = 0; i < segments.length; i++) {
      int at = 64 + 56 * (i + 1);
      file.putInt(at, 1).putLong(at + 8, segments[i][1]).putLong(at + 24, segments[i][0]);
      file.putLong(at + 32, segments[i][2]).putLong(at + 40, segments[i][2]);
    }
    for (int i = 0x1000; i < 0x6000; i++) {
      file.put(i, (byte) (i >> 12));
    }
    return file.array();
  }

  @Test
  void importsElfSegmentsInTheOrderOfTheirAddresses() throws IOException {
    byte[] dump = elf(new long[][] {{0x100000000L, 0x1000, 0x2000}, {0x3000, 0x4000, 0x1000}});
    Files.write(source.resolve("1"), dump);
    Files.write(source.resolve("2"), dump);
    var series = imported(ImageFormat.ELF);
    byte[] image = TestSeries.imageAfter(series, 1);
    assertEquals(3 * 4096, image.length);
    assertEquals(4, image[0]);
    assertEquals(1, image[4096]);
    assertEquals(2, image[8192]);
    assertEquals(
        "3000-4000 100000000-100002000",
        series.info().description().environment().get("address_ranges"));
  }

  @Test
  void refusesOtherElfFiles() throws IOException {
    Files.write(source.resolve("2"), new byte[8192]);
    Files.write(source.resolve("1"), elf(new long[][] {{0, 0x1000, 0x6000}}));
    assertTrue(refused(ImageFormat.ELF).contains("1: byte 24576"));
    Files.write(source.resolve("1"), elf(new long[][] {{0, 0x1000, 4096}, {0xfff, 0x2000, 4096}}));
    assertTrue(refused(ImageFormat.ELF).contains("address fff is there twice"));
    Files.write(source.resolve("1"), elf(new long[][] {{-4096, 0x1000, 4096}}));
    assertTrue(refused(ImageFormat.ELF).contains("below 2^52"));
    byte[] absurd = elf(new long[][] {{0, 0x1000, 4096}});
    for (long table :
        new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 55, Long.MIN_VALUE, -1, 1L << 40}) {
      ByteBuffer.wrap(absurd).order(ByteOrder.LITTLE_ENDIAN).putLong(32, table);
      Files.write(source.resolve("1"), absurd);
      assertTrue(refused(ImageFormat.ELF).contains("expected program header 0, found the end"));
    }
    Files.write(source.resolve("1"), elf(new long[][] {}));
    assertTrue(refused(ImageFormat.ELF).contains("found none"));
    byte[] program = elf(new long[][] {{0, 0x1000, 4096}});
    program[16] = 2;
    Files.write(source.resolve("1"), program);
    assertTrue(refused(ImageFormat.ELF).contains("type 4 (core file), found 2"));
    Files.writeString(source.resolve("1"), "KDUMP   " + "x".repeat(100));
    assertTrue(refused(ImageFormat.ELF).contains("kdump-compressed"));
    assertTrue(refused(ImageFormat.LIME).contains("kdump-compressed"));
  }

  @Test
  void refusesDamagedDumps() throws IOException {
    long[][] ranges = {{0x1000, 0x2fff}, {0x100000, 0x101fff}};
    Path first = source.resolve("1");
    Files.write(first, lime(ranges, 10));
    Files.write(source.resolve("2"), lime(ranges, 11));
    int refused =
        Damage.fuzz(
            first,
            32,
            200,
            42,
            directory,
            target -> ImageImport.run(source, ImageFormat.LIME, target, MADE, Progress.NONE));
    assertTrue(refused > 100, "only " + refused + " refused");
    byte[] dump = elf(new long[][] {{0x100000000L, 0x1000, 0x2000}, {0x3000, 0x4000, 0x1000}});
    Files.write(first, dump);
    Files.write(source.resolve("2"), dump);
    refused =
        Damage.fuzz(
            first,
            64 + 3 * 56,
            300,
            43,
            directory,
            target -> ImageImport.run(source, ImageFormat.ELF, target, MADE, Progress.NONE));
    assertTrue(refused > 100, "only " + refused + " refused");
  }

  private static byte[] random(int bytes) {
    byte[] content = new byte[bytes];
    new Random(44).nextBytes(content);
    return content;
  }

  // What QEMU's pmemsave writes is a raw image: another unit or order would still import.
  @Test
  void importsMemoryThatQemuSaved() throws Exception {
    byte[] content = random(100_000);
    QemuMonitor.run(
        directory,
        content,
        """
        pmemsave 0 0x1000000 images/9.ram
        cont
        stop
        pmemsave 0 0x1000000 images/10.ram
        quit
        """,
        "-M",
        "pc");
    var series = imported(ImageFormat.RAW);
    assertEquals(1, series.info().checkpoints());
    assertEquals(16 << 20, series.info().ramBytes());
    byte[] first = TestSeries.imageAfter(series, 0);
    assertArrayEquals(content, Arrays.copyOfRange(first, 0x200000, 0x200000 + content.length));
    assertArrayEquals(Files.readAllBytes(source.resolve("9.ram")), first);
    assertArrayEquals(
        Files.readAllBytes(source.resolve("10.ram")), TestSeries.imageAfter(series, 1));
  }

  // QEMU's own dumps, against its own copy of the same guest's memory by another way.
  @Test
  void importsDumpsOfQemu() throws Exception {
    byte[] content = random(100_000);
    // The firmware runs between the dumps.
    QemuMonitor.run(
        directory,
        content,
        """
        dump-guest-memory images/1.elf
        pmemsave 0x100000 0xf00000 1.ram
        cont
        stop
        dump-guest-memory images/2.elf
        pmemsave 0x100000 0xf00000 2.ram
        quit
        """,
        "-M",
        "pc");
    var series = imported(ImageFormat.ELF);
    String ranges = String.valueOf(series.info().description().environment().get("address_ranges"));
    int at = offsetOf(ranges, 0x100000);
    int loaded = offsetOf(ranges, 0x200000);
    assertArrayEquals(
        content,
        Arrays.copyOfRange(TestSeries.imageAfter(series, 0), loaded, loaded + content.length));
    for (int n = 0; n < 2; n++) {
      byte[] expected = Files.readAllBytes(directory.resolve((n + 1) + ".ram"));
      byte[] image = TestSeries.imageAfter(series, n);
      assertArrayEquals(expected, Arrays.copyOfRange(image, at, at + expected.length));
    }
  }

  /** Where an address lies in an image over such ranges. */
  private static int offsetOf(String ranges, long address) {
    long offset = 0;
    for (String range : ranges.split(" ")) {
      long from = Long.parseLong(range.substring(0, range.indexOf('-')), 16);
      long to = Long.parseLong(range.substring(range.indexOf('-') + 1), 16);
      if (from <= address && address < to) {
        return (int) (offset + address - from);
      }
      offset += to - from;
    }
    throw new AssertionError(address + " is not in " + ranges);
  }

  private void diff(String name, long bytes, long[]... pagesAndFills) throws IOException {
    try (var file =
        FileChannel.open(
            source.resolve(name),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (long[] page : pagesAndFills) {
        byte[] content = new byte[4096];
        Arrays.fill(content, (byte) page[1]);
        file.write(ByteBuffer.wrap(content), 4096 * page[0]);
      }
    }
    SystemTools.require("truncate");
    try {
      SystemTools.run(source, "truncate", "-s", Long.toString(bytes), name);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  // A zero block taken for a hole would lose a page that the guest cleared.
  @Test
  void importsFirecrackerDiffsWithZeroBlocksAndHoles() throws IOException {
    byte[] full = new byte[64 * 4096];
    Arrays.fill(full, (byte) 1);
    Files.write(source.resolve("mem-0"), full);
    diff("mem-1", full.length, new long[] {3, 7}, new long[] {4, 8}, new long[] {40, 0});
    diff("mem-2", full.length);
    diff("mem-10", full.length, new long[] {63, 9}, new long[] {0, 0});
    Path path = directory.resolve("s");
    FirecrackerImport.run(request(path, null), Progress.NONE);
    var series = Series.at(path);
    int[] counts = {3, 0, 2};
    try (var cursor = series.open()) {
      var pages = new DirtyPages();
      for (int count : counts) {
        assertTrue(cursor.nextCheckpoint(pages));
        assertEquals(count, pages.count());
      }
    }
    byte[] image = TestSeries.imageAfter(series, 3);
    for (int pfn = 0; pfn < 64; pfn++) {
      int expected =
          switch (pfn) {
            case 3 -> 7;
            case 4 -> 8;
            case 63 -> 9;
            case 0, 40 -> 0;
            default -> 1;
          };
      assertEquals(expected, image[4096 * pfn], "page " + pfn);
      assertEquals(expected, image[4096 * pfn + 4095], "page " + pfn);
    }
  }

  @Test
  void refusesFirecrackerFilesOfOtherSizesAndWithoutHoles() throws IOException {
    byte[] full = new byte[16 * 4096];
    Arrays.fill(full, (byte) 1);
    Files.write(source.resolve("mem-0"), full);
    assertTrue(refusedByFirecracker().contains("found 1 files"));
    diff("mem-1", full.length + 4096, new long[] {3, 7});
    assertTrue(refusedByFirecracker().contains("mem-1: byte 65536: expected 65536 bytes"));
    Files.write(source.resolve("mem-1"), full);
    assertTrue(refusedByFirecracker().contains("without holes"));
    Files.write(source.resolve("mem-0"), new byte[5000]);
    assertTrue(refusedByFirecracker().contains("mem-0: byte 5000"));
  }

  private ImportRequest request(Path destination, @Nullable String base) {
    return new ImportRequest(List.of(source), destination, MADE, OptionalLong.empty(), base, false);
  }

  // By the order of their names, diff-1 would be the base and the full file the last checkpoint.
  @Test
  void tellsTheFullMemoryFileFromTheDiffs() throws IOException {
    int bytes = 64 * 4096;
    long[][] used = new long[40][];
    for (int page = 0; page < used.length; page++) {
      used[page] = new long[] {page, 7};
    }
    diff("full.mem", bytes, used);
    diff("diff-1.mem", bytes, new long[] {16, 1}, new long[] {17, 1});
    diff("diff-2.mem", bytes, new long[] {32, 2});
    Path path = directory.resolve("s");
    FirecrackerImport.run(request(path, null), Progress.NONE);
    var environment = Series.at(path).info().description().environment();
    assertEquals("full.mem, its name", environment.get("base_from"));
    assertEquals(
        "24 of 64 pages are holes in the file, read as zeros", environment.get("base_holes"));
    byte[] image = TestSeries.imageAfter(Series.at(path), 2);
    assertEquals(7, image[0]);
    assertEquals(1, image[16 * 4096]);
    assertEquals(2, image[32 * 4096]);
    assertEquals(3, SeriesSummary.of(Series.at(path), Progress.NONE).dirtyPages());

    Files.move(source.resolve("full.mem"), source.resolve("mem.mem"));
    String which = refusedRequest(null);
    assertTrue(which.contains("all have holes"), which);
    assertTrue(which.contains("--base"), which);
    assertTrue(refusedRequest("x.mem").contains("there are diff-1.mem, diff-2.mem, mem.mem"));
    FirecrackerImport.run(request(directory.resolve("s2"), "mem.mem"), Progress.NONE);
    assertArrayEquals(image, TestSeries.imageAfter(Series.at(directory.resolve("s2")), 2));

    // Without holes, its name does not matter.
    byte[] full = new byte[bytes];
    Arrays.fill(full, (byte) 5);
    Files.write(source.resolve("z.mem"), full);
    Files.delete(source.resolve("mem.mem"));
    FirecrackerImport.run(request(directory.resolve("s3"), null), Progress.NONE);
    environment = Series.at(directory.resolve("s3")).info().description().environment();
    assertEquals("z.mem, the only file without holes", environment.get("base_from"));
    assertFalse(environment.containsKey("base_holes"));
    // But what is called full and what looks full have to be the same file.
    diff("full.mem", bytes, new long[] {16, 1});
    assertTrue(refusedRequest(null).contains("without holes: z.mem, but by name: full.mem"));
  }

  private String refusedRequest(@Nullable String base) {
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> FirecrackerImport.run(request(directory.resolve("none"), base), Progress.NONE));
    assertFalse(Files.exists(directory.resolve("none")));
    return String.valueOf(error.getMessage());
  }

  // A compressed or foreign file of a fitting size would be a guest's memory of random bytes.
  @Test
  void refusesKnownFilesByTheirNames() throws IOException {
    Object[][] known = {
      {new byte[] {0x1f, (byte) 0x8b, 8, 0}, "a gzip file; unpack it first (gunzip)"},
      {new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}, "a zstd file; unpack it first (zstd -d)"},
      {new byte[] {0x04, 0x22, 0x4d, 0x18}, "an LZ4 file"},
      {new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0}, "an xz file"},
      {new byte[] {0x7f, 'E', 'L', 'F'}, "an ELF file; import it with: traces import elf"},
      {new byte[] {'E', 'M', 'i', 'L'}, "a LiME file; import it with: traces import lime"},
      {new byte[] {'Q', 'F', 'I', (byte) 0xfb}, "a qcow2 disk image"},
      {new byte[] {'Q', 'E', 'V', 'M'}, "a QEMU migration; import it with: traces import qemu"},
      {new byte[] {'A', 'V', 'M', 'L'}, "an AVML file; import it with: traces import avml"},
      {"KDUMP   ".getBytes(StandardCharsets.US_ASCII), "a kdump-compressed dump"},
      {"makedumpfile".getBytes(StandardCharsets.US_ASCII), "a flattened kdump-compressed dump"},
    };
    Files.write(source.resolve("0"), new byte[65536]);
    for (Object[] one : known) {
      for (int bytes : new int[] {65536, 60001}) {
        Files.write(source.resolve("1"), Arrays.copyOf((byte[]) one[0], bytes));
        String message = refused(ImageFormat.RAW);
        assertTrue(
            message.contains("1: byte 0: expected a plain RAM image, found " + one[1]), message);
      }
    }
    Files.write(source.resolve("0"), lime(new long[][] {{0x1000, 0x2fff}}, 1));
    Files.write(source.resolve("1"), Arrays.copyOf(new byte[] {'A', 'V', 'M', 'L'}, 65536));
    String message = refused(ImageFormat.LIME);
    assertTrue(message.contains("expected a LiME file, found an AVML file"), message);
  }

  private String refusedByFirecracker() {
    var error =
        assertThrows(
            IOException.class,
            () -> FirecrackerImport.run(request(directory.resolve("none"), null), Progress.NONE));
    assertFalse(Files.exists(directory.resolve("none")));
    return String.valueOf(error.getMessage());
  }
}
