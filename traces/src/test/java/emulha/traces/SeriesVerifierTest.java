package emulha.traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeriesVerifierTest {
  @TempDir Path directory;

  // A flip that no check covers would let a damaged recording yield figures.
  @Test
  void findsAFlippedBitAnywhere() throws IOException {
    Path series = directory.resolve("s");
    TestSeries.write(series, 8, 2, 11);
    assertEquals(3, SeriesVerifier.verify(series, Progress.NONE).files());
    var random = new Random(12);
    for (Path file : files(series)) {
      byte[] intact = Files.readAllBytes(file);
      // Every bit of one header, a sample of the rest.
      boolean first = file.getFileName().toString().equals("000000.ckpt");
      IntStream bits =
          IntStream.concat(
              IntStream.range(0, first ? 8 * PageFile.HEADER_BYTES : 0),
              random.ints(150, 0, 8 * intact.length));
      for (int bit : bits.toArray()) {
        byte[] damaged = intact.clone();
        damaged[bit / 8] ^= (byte) (1 << (bit % 8));
        Files.write(file, damaged);
        assertDamageFound(series, file, "bit " + bit);
      }
      Files.write(file, intact);
    }
    SeriesVerifier.verify(series, Progress.NONE);
  }

  // Zero padding is content of a file too, though no page lies in it.
  @Test
  void namesTheOffsetOfADamagedPage() throws IOException {
    Path series = directory.resolve("s");
    TestSeries.write(series, 20, 1, 13);
    Path base = series.resolve("base.ckpt");
    byte[] bytes = Files.readAllBytes(base);
    bytes[bytes.length - 1] ^= 1;
    Files.write(base, bytes);
    var error = assertThrows(IOException.class, () -> SeriesVerifier.verify(series, Progress.NONE));
    assertTrue(
        error.getMessage().startsWith(base + ": byte " + (bytes.length - 4096) + ": "),
        error::getMessage);
  }

  @Test
  void findsATruncationAnywhere() throws IOException {
    Path series = directory.resolve("s");
    TestSeries.write(series, 20, 2, 14);
    var random = new Random(15);
    for (Path file : files(series)) {
      byte[] intact = Files.readAllBytes(file);
      for (int i = 0; i < 40; i++) {
        int length = i == 0 ? 0 : i == 1 ? intact.length - 1 : random.nextInt(intact.length);
        Files.write(file, Arrays.copyOf(intact, length));
        assertDamageFound(series, file, "length " + length);
      }
      Files.write(file, Arrays.copyOf(intact, intact.length + 1));
      assertDamageFound(series, file, "one byte more");
      Files.delete(file);
      var error =
          assertThrows(IOException.class, () -> SeriesVerifier.verify(series, Progress.NONE));
      assertTrue(error.getMessage().contains(file.getFileName().toString()), error::getMessage);
      Files.write(file, intact);
    }
  }

  // Two checkpoints exchanged are each intact by themselves.
  @Test
  void findsExchangedFiles() throws IOException {
    Path series = directory.resolve("s");
    TestSeries.write(series, 20, 2, 16);
    Path first = series.resolve("000000.ckpt");
    Path second = series.resolve("000001.ckpt");
    byte[] content = Files.readAllBytes(first);
    Files.write(first, Files.readAllBytes(second));
    Files.write(second, content);
    assertDamageFound(series, first, "exchanged");
    var series2 = Series.at(series);
    assertThrows(IOException.class, () -> TestSeries.dump(series2));
  }

  // Compressed data has bits that decompression ignores; the seal covers them.
  @Test
  void findsAFlippedBitAndATruncationAnywhereInAnArchive() throws IOException {
    Path series = directory.resolve("s");
    Path archive = directory.resolve("s.tar.zst");
    TestSeries.write(series, 8, 2, 17);
    SeriesPacker.pack(series, archive, 3, Progress.NONE);
    assertTrue(SeriesVerifier.verify(archive, Progress.NONE).sealed());
    byte[] intact = Files.readAllBytes(archive);
    var random = new Random(18);
    int bits = 8 * intact.length;
    IntStream positions =
        IntStream.concat(
            IntStream.concat(IntStream.range(0, 100), IntStream.range(bits - 320, bits)),
            random.ints(200, 0, bits));
    for (int bit : positions.toArray()) {
      byte[] damaged = intact.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(archive, damaged);
      assertDamageFound(archive, archive, "bit " + bit);
    }
    for (int i = 0; i < 100; i++) {
      int length = i < 60 ? intact.length - 1 - i : i == 60 ? 0 : random.nextInt(intact.length);
      if (length == intact.length - 40) {
        // Exactly the seal cut off: an intact archive that says so.
        Files.write(archive, Arrays.copyOf(intact, length));
        assertFalse(SeriesVerifier.verify(archive, Progress.NONE).sealed());
        continue;
      }
      Files.write(archive, Arrays.copyOf(intact, length));
      assertDamageFound(archive, archive, "length " + length);
    }
  }

  private static void assertDamageFound(Path series, Path file, String damage) {
    var error =
        assertThrows(
            IOException.class,
            () -> SeriesVerifier.verify(series, Progress.NONE),
            () -> file + ": " + damage);
    String name = file.getFileName().toString();
    // The description and its digest vouch for each other: either may be named.
    String other = name.replace("series.json.sha256", "series.json");
    String message = String.valueOf(error.getMessage());
    assertTrue(
        message.contains(name) || message.contains(other), () -> damage + " gave: " + message);
    assertFalse(message.contains("\n"), message);
  }

  private static List<Path> files(Path series) throws IOException {
    try (Stream<Path> files = Files.list(series)) {
      return files.sorted().toList();
    }
  }
}
