package emulha.traces.imports;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Damages input files and watches what an importer makes of them. */
public final class Damage {
  private Damage() {}

  public interface Importer {
    void run(Path destination) throws IOException;
  }

  /**
   * Truncates the file and flips bits in it, in turn, {@code times} times. The importer may refuse
   * with an {@link IOException} of one line, leaving nothing behind, or succeed.
   *
   * @return how often it refused
   */
  public static int fuzz(
      Path file, int firstBytes, int times, long seed, Path destination, Importer importer)
      throws IOException {
    byte[] intact = Files.readAllBytes(file);
    var random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < times; i++) {
      byte[] damaged = intact;
      if (i % 4 == 0) {
        damaged = Arrays.copyOf(intact, random.nextInt(intact.length));
      } else {
        damaged = intact.clone();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
          int at = random.nextInt(Math.min(firstBytes, damaged.length));
          damaged[at] ^= (byte) (1 << random.nextInt(8));
        }
      }
      Files.write(file, damaged);
      Path target = destination.resolve("fuzzed-" + i);
      try {
        importer.run(target);
        delete(target);
      } catch (IOException e) {
        refused++;
        String message = String.valueOf(e.getMessage());
        assertFalse(message.contains("\n"), message);
        assertFalse(Files.exists(target), "a refused import left a series");
      } catch (RuntimeException | Error e) {
        fail("damage " + i + " of " + file.getFileName() + " with seed " + seed, e);
      }
    }
    Files.write(file, intact);
    return refused;
  }

  private static void delete(Path series) throws IOException {
    try (var files = Files.list(series)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(series);
  }
}
