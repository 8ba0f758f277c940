package emulha.traces.imports.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.traces.Progress;
import emulha.traces.TestSeries;
import emulha.traces.imports.Damage;
import emulha.traces.imports.ImportTrial;
import emulha.traces.stats.SeriesSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xerial.snappy.SnappyFramedOutputStream;

/** AVML files made as its README says, their contents framed by snappy-java, which main lacks. */
class AvmlFileTest {

  @TempDir Path directory;

  private ImportTrial trial() {
    return new ImportTrial(directory, ImageFormat.AVML);
  }

  private static byte[] avml(long[] firsts, byte[]... contents) throws IOException {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < firsts.length; i++) {
      var frames = new ByteArrayOutputStream();
      try (var snappy = new SnappyFramedOutputStream(frames)) {
        snappy.write(contents[i]);
      }
      out.write(
          ByteBuffer.allocate(32)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(0x4C4D5641)
              .putInt(2)
              .putLong(firsts[i])
              .putLong(firsts[i] + contents[i].length - 1)
              .array());
      out.write(frames.toByteArray());
      out.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(frames.size()).array());
    }
    return out.toByteArray();
  }

  private static byte[] content(int bytes, long seed) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    Arrays.fill(content, bytes / 4, bytes / 2, (byte) seed);
    return content;
  }

  // 0x9fc00: firmware keeps the end of the page, and the last chunk is a short one.
  @Test
  void importsRangesThatEndWithinChunksAndPages() throws IOException {
    Path source = Files.createDirectory(directory.resolve("images"));
    byte[] low = content(0x9fc00 - 0x1000, 1);
    byte[] high = content(300 * 4096, 2);
    Files.write(source.resolve("1"), avml(new long[] {0x1000, 0x100000000L}, low, high));
    byte[] changed = high.clone();
    changed[70_000]++;
    Files.write(source.resolve("2"), avml(new long[] {0x1000, 0x100000000L}, low, changed));
    var series = trial().imported(source);
    assertEquals(
        "1000-a0000 100000000-10012c000",
        series.info().description().environment().get("address_ranges"));
    byte[] image = TestSeries.imageAfter(series, 1);
    assertArrayEquals(low, Arrays.copyOf(image, low.length));
    assertArrayEquals(new byte[0x400], Arrays.copyOfRange(image, low.length, 0x9f000));
    assertArrayEquals(changed, Arrays.copyOfRange(image, 0x9f000, image.length));
    assertEquals(1, SeriesSummary.of(series, Progress.NONE).dirtyPages());
  }

  // AVML leaves out blocks of zeros: pages that are written in them, or cleared again, would be
  // missing from the checkpoints, or the series be refused.
  @Test
  void blocksThatImagesLackAreZeros() throws IOException {
    Path source = Files.createDirectory(directory.resolve("images"));
    byte[] low = content(40 * 4096, 4);
    byte[] high = new byte[3 * 4096 - 1];
    high[5000] = 1;
    Files.write(source.resolve("1"), avml(new long[] {0x1000}, low));
    Files.write(source.resolve("2"), avml(new long[] {0x1000, 0x100000}, low, high));
    Files.write(source.resolve("3"), avml(new long[] {0x100000}, high));
    Files.write(source.resolve("4"), avml(new long[] {0x1000}, low));
    var series = trial().imported(source);
    var environment = series.info().description().environment();
    assertEquals("1000-29000 100000-103000", environment.get("address_ranges"));
    assertEquals(
        "nothing but zeros: %d bytes that images lack and others have, in blocks of at most 16 MiB"
            .formatted(2 * high.length + low.length),
        environment.get("left_out"));
    byte[] zeros = new byte[low.length];
    byte[][] lows = {low, low, zeros, low};
    byte[][] highs = {new byte[3 * 4096], padded(high), padded(high), new byte[3 * 4096]};
    for (int n = 0; n < 4; n++) {
      byte[] image = TestSeries.imageAfter(series, n);
      assertArrayEquals(lows[n], Arrays.copyOf(image, low.length), "image " + n);
      assertArrayEquals(
          highs[n], Arrays.copyOfRange(image, low.length, image.length), "image " + n);
    }
    assertEquals(1 + 40 + 41, SeriesSummary.of(series, Progress.NONE).dirtyPages());
  }

  private static byte[] padded(byte[] bytes) {
    return Arrays.copyOf(bytes, 3 * 4096);
  }

  // Images of another machine have blocks that overlap, or lack more than AVML leaves out.
  @Test
  void refusesImagesOfAnotherMachine() throws IOException {
    byte[] low = content(40 * 4096, 5);
    byte[][] others = {
      avml(new long[] {0x1000}, content(39 * 4096, 6)),
      avml(new long[] {0x2000}, content(39 * 4096, 7)),
      avml(new long[] {0}, content(2 * 4096, 8)),
      avml(new long[] {0x1000, 0x100000}, low, new byte[(16 << 20) + 1])
    };
    for (int i = 0; i < others.length; i++) {
      Path source = Files.createDirectory(directory.resolve("other" + i));
      Files.write(source.resolve("1"), avml(new long[] {0x1000}, low));
      Files.write(source.resolve("2"), others[i]);
      var error = assertThrows(IOException.class, () -> trial().imported(source));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.contains("but 1 has it at 1000-29000"), message);
    }
  }

  @Test
  void refusesDamage() throws IOException {
    Path file = directory.resolve("1.avml");
    byte[] intact = avml(new long[] {0x1000}, content(50 * 4096, 3));
    Files.write(file, intact);
    int refused =
        Damage.fuzz(
            file,
            intact.length,
            200,
            50,
            directory,
            target ->
                ImageImport.run(file, ImageFormat.AVML, target, ImportTrial.MADE, Progress.NONE));
    // All but what damages bytes that say nothing: every bit of the contents is under a checksum.
    assertTrue(refused > 190, "only " + refused + " refused");
    intact[4] = 1;
    Files.write(file, intact);
    var error = assertThrows(IOException.class, () -> trial().imported(file));
    assertTrue(String.valueOf(error.getMessage()).contains("expected version 2, found 1"));
  }
}
