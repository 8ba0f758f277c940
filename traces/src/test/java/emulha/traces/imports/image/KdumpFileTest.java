package emulha.traces.imports.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import emulha.traces.Progress;
import emulha.traces.Series;
import emulha.traces.SystemTools;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportTrial;
import io.airlift.compress.v3.lzo.LzoCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KdumpFileTest {
  private static final int PAGE = 4096;

  @TempDir Path directory;

  private ImportTrial trial() {
    return new ImportTrial(directory, ImageFormat.KDUMP);
  }

  /**
   * What {@code makedumpfile -R} makes of a flattened file, written without {@code main}'s code.
   */
  private static byte[] rearranged(byte[] flat) {
    var in = ByteBuffer.wrap(flat, PAGE, flat.length - PAGE);
    byte[] out = new byte[0];
    while (true) {
      long offset = in.getLong();
      long bytes = in.getLong();
      if (offset < 0) {
        return out;
      }
      out = Arrays.copyOf(out, Math.max(out.length, (int) (offset + bytes)));
      in.get(out, (int) offset, (int) bytes);
    }
  }

  // Against QEMU's own copy of the same memory by another way, and its dump as plain ELF.
  @Test
  void importsDumpsOfQemu() throws Exception {
    Path flat = Files.createDirectory(directory.resolve("flat"));
    Path raw = Files.createDirectory(directory.resolve("raw"));
    Path elf = Files.createDirectory(directory.resolve("elf"));
    byte[] content = new byte[100_000];
    new Random(48).nextBytes(content);
    Arrays.fill(content, 20_000, 60_000, (byte) 7);
    QemuMonitor.run(
        directory,
        content,
        """
        dump-guest-memory -z flat/1
        dump-guest-memory elf/1
        pmemsave 0x100000 0xf00000 1.ram
        cont
        stop
        dump-guest-memory -z flat/2
        dump-guest-memory elf/2
        pmemsave 0x100000 0xf00000 2.ram
        quit
        """,
        "-M",
        "pc");
    for (String name : new String[] {"1", "2"}) {
      Files.write(raw.resolve(name), rearranged(Files.readAllBytes(flat.resolve(name))));
    }
    Path plain = directory.resolve("s-elf");
    ImageImport.run(elf, ImageFormat.ELF, plain, ImportTrial.MADE, Progress.NONE);
    for (Path source : new Path[] {flat, raw}) {
      var series = trial().imported(source);
      assertEquals(1, series.info().checkpoints());
      assertEquals(
          Series.at(plain).info().description().environment().get("address_ranges"),
          series.info().description().environment().get("address_ranges"));
      for (int n = 0; n < 2; n++) {
        byte[] image = TestSeries.imageAfter(series, n);
        assertArrayEquals(TestSeries.imageAfter(Series.at(plain), n), image);
        byte[] expected = Files.readAllBytes(directory.resolve((n + 1) + ".ram"));
        int at = indexOf(image, content) - 0x100000;
        assertArrayEquals(expected, Arrays.copyOfRange(image, at, at + expected.length));
      }
    }
  }

  private static int indexOf(byte[] image, byte[] content) {
    for (int at = 0; at < image.length; at += PAGE) {
      if (Arrays.equals(image, at, at + content.length, content, 0, content.length)) {
        return at;
      }
    }
    throw new AssertionError("the content is not in the image");
  }

  // A page expanded wrongly, or taken from its neighbour's place, would look like a guest's. With
  // level 1 pages of zeros share one place.
  @ParameterizedTest
  @CsvSource({"-c, 1", "-l, 2"})
  void importsDumpsOfMakedumpfile(String way, int status) throws Exception {
    SystemTools.require("makedumpfile");
    byte[] content = new byte[100_000];
    new Random(53).nextBytes(content);
    Arrays.fill(content, 30_000, 50_000, (byte) 9);
    QemuMonitor.run(
        directory,
        content,
        """
        dump-guest-memory elf
        pmemsave 0 0x1000000 ram
        pmemsave 0xfffc0000 0x40000 firmware
        quit
        """);
    Path elf = directory.resolve("elf");
    Files.write(elf, programHeadersFirst(Files.readAllBytes(elf)));
    byte[] ram = Files.readAllBytes(directory.resolve("ram"));
    byte[] firmware = Files.readAllBytes(directory.resolve("firmware"));
    byte[] expected = Arrays.copyOf(ram, ram.length + firmware.length);
    System.arraycopy(firmware, 0, expected, ram.length, firmware.length);
    for (String level : new String[] {"0", "1"}) {
      Path raw = directory.resolve("raw-" + level);
      Path flat = directory.resolve("flat-" + level);
      SystemTools.run(directory, "makedumpfile", way, "-d", level, "elf", raw.toString());
      SystemTools.run(
          directory,
          "sh",
          "-c",
          "makedumpfile -F %s -d %s elf 2>errors >%s || cat errors"
              .formatted(way, level, flat.getFileName()));
      var header = ByteBuffer.wrap(Files.readAllBytes(raw)).order(ByteOrder.LITTLE_ENDIAN);
      assertEquals(status, header.getInt(424), "compressed in another way");
      for (Path dump : new Path[] {raw, flat}) {
        var series = trial().imported(dump);
        assertEquals(
            "0-1000000 fffc0000-100000000",
            series.info().description().environment().get("address_ranges"));
        assertArrayEquals(expected, TestSeries.imageAfter(series, 0), dump.toString());
      }
    }
  }

  /**
   * A core file with its program headers straight behind the file's header, where makedumpfile
   * looks for them; QEMU has them behind the section headers, which are left out.
   */
  private static byte[] programHeadersFirst(byte[] elf) {
    var file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    System.arraycopy(elf, (int) file.getLong(32), elf, 64, 56 * file.getShort(56));
    file.putLong(32, 64).putLong(40, 0).putShort(58, (short) 0).putShort(60, (short) 0);
    file.putShort(62, (short) 0);
    return elf;
  }

  /**
   * A dump of pages 1, 2, 3, 6, 7 and 8, made by hand: plain, zlib, LZO, Snappy, zstd, and of the
   * last one only that it is there.
   */
  private static byte[] dump(int level) {
    var file = ByteBuffer.allocate(32 * PAGE).order(ByteOrder.LITTLE_ENDIAN);
    file.put("KDUMP   ".getBytes(StandardCharsets.US_ASCII)).putInt(6);
    file.putInt(428, PAGE).putInt(432, 1).putInt(436, 2);
    file.putInt(PAGE + 8, level);
    file.put(2 * PAGE, (byte) 0b1100_1110).put(3 * PAGE, (byte) 0b1100_1110);
    file.put(2 * PAGE + 1, (byte) 1);
    int data = 5 * PAGE;
    for (int i = 0; i < WAYS.length; i++) {
      byte[] stored = stored(i, page(i));
      int at = 4 * PAGE + 24 * i;
      file.putLong(at, data).putInt(at + 8, stored.length).putInt(at + 12, WAYS[i]);
      file.put(data, stored);
      data += stored.length;
    }
    return file.array();
  }

  /** Plain, zlib, LZO, Snappy, zstd. */
  private static final int[] WAYS = {0, 1, 2, 4, 0x20};

  private static byte[] page(int i) {
    byte[] page = new byte[PAGE];
    new Random(i).nextBytes(page);
    Arrays.fill(page, 1000, 3000, (byte) i);
    return page;
  }

  private static byte[] stored(int i, byte[] page) {
    byte[] out = new byte[2 * PAGE];
    int bytes =
        switch (i) {
          case 0 -> {
            System.arraycopy(page, 0, out, 0, PAGE);
            yield PAGE;
          }
          case 1 -> {
            try (var deflater = new Deflater()) {
              deflater.setInput(page);
              deflater.finish();
              yield deflater.deflate(out);
            }
          }
          case 2 -> new LzoCompressor().compress(page, 0, PAGE, out, 0, out.length);
          case 3 -> new SnappyJavaCompressor().compress(page, 0, PAGE, out, 0, out.length);
          default -> (int) Zstd.compress(out, page, 3);
        };
    return Arrays.copyOf(out, bytes);
  }

  @Test
  void readsEachCompressionAndPagesOfZerosLeftOut() throws IOException {
    Path file = directory.resolve("dump");
    Files.write(file, dump(1));
    var series = trial().imported(file);
    assertEquals(
        "1000-4000 6000-9000", series.info().description().environment().get("address_ranges"));
    byte[] image = TestSeries.imageAfter(series, 0);
    for (int i = 0; i < WAYS.length; i++) {
      assertArrayEquals(page(i), Arrays.copyOfRange(image, i * PAGE, (i + 1) * PAGE), "page " + i);
    }
    assertArrayEquals(new byte[PAGE], Arrays.copyOfRange(image, 5 * PAGE, 6 * PAGE));
    int refused =
        Damage.fuzz(
            file,
            6 * PAGE,
            300,
            49,
            directory,
            target ->
                ImageImport.run(file, ImageFormat.KDUMP, target, ImportTrial.MADE, Progress.NONE));
    assertTrue(refused > 50, "only " + refused + " refused");
  }

  // makedumpfile rewrites its header at the end; the earlier one is what a crash would have left.
  @Test
  void laterStretchesOfFlattenedFilesReplaceEarlierOnes() throws IOException {
    byte[] dump = dump(1);
    int[][] stretches = {{0, 100}, {50, 9000}, {8000, 100}, {4096, 4096}, {9050, 20000}, {0, 8192}};
    int last = stretches.length + 1;
    var flat = ByteBuffer.allocate(PAGE + 16 * (last + 1) + 60_000 + dump.length);
    flat.put("makedumpfile".getBytes(StandardCharsets.US_ASCII)).position(16);
    flat.putLong(1).putLong(1).position(PAGE);
    for (int[] stretch : stretches) {
      byte[] wrong = new byte[stretch[1]];
      Arrays.fill(wrong, (byte) 0x55);
      flat.putLong(stretch[0]).putLong(stretch[1]).put(wrong);
    }
    for (int from : new int[] {10_000, 0, 5000}) {
      int bytes = from == 0 ? 6000 : from == 5000 ? 5000 : dump.length - from;
      flat.putLong(from).putLong(bytes).put(dump, from, bytes);
    }
    flat.putLong(-1).putLong(-1);
    Path file = directory.resolve("flat");
    Files.write(file, Arrays.copyOf(flat.array(), flat.position()));
    Path plain = directory.resolve("dump");
    Files.write(plain, dump);
    assertArrayEquals(
        TestSeries.imageAfter(trial().imported(plain), 0),
        TestSeries.imageAfter(trial().imported(file), 0));
    assertTrue(
        trial()
            .refused(Arrays.copyOf(flat.array(), flat.position() - 16))
            .contains("or the end's mark"));
  }

  @Test
  void refusesDumpsThatLeftPagesOutOrAreOfOtherForms() throws IOException {
    assertTrue(trial().refused(dump(31)).contains("pages left out (dump level 31)"));
    byte[] other = dump(1);
    other[4 * PAGE + 24 + 12] = 0x40;
    assertTrue(trial().refused(other).contains("compressed in way 64; read are plain (0)"));
    other = dump(1);
    other[429] = 0x40;
    assertTrue(trial().refused(other).contains("expected pages of 4096 bytes"));
    other = dump(1);
    other[PAGE + 12] = 1;
    assertTrue(trial().refused(other).contains("one of several split files"));
  }
}
