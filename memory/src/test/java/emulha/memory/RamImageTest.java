package emulha.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Images larger than the machine's memory. Without this, a large and mostly empty VM could not be
 * replayed on a small machine, or one that is not empty would end the machine in place of the run.
 */
final class RamImageTest {
  private static final Path OVERCOMMIT = Path.of("/proc/sys/vm/overcommit_memory");

  private static long beyondThisMachine() throws IOException {
    Assumptions.assumeTrue(Files.isReadable(OVERCOMMIT), "only Linux has memory unreserved");
    Assumptions.assumeFalse(
        Files.readString(OVERCOMMIT).strip().equals("2"),
        "this machine gives no more memory than it has (vm.overcommit_memory=2)");
    long kilobytes =
        Files.readAllLines(Path.of("/proc/meminfo")).stream()
            .filter(line -> line.startsWith("MemTotal:") || line.startsWith("SwapTotal:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .sum();
    return ((2 * kilobytes) << 10) & -PageSize.MIN_BYTES;
  }

  @Test
  void holdsAFewPagesOfMoreThanTheMachineHas() throws IOException {
    byte[] page = new byte[Page.BYTES];
    new Random(0x5a1L).nextBytes(page);
    try (var image = new RamImage(beyondThisMachine())) {
      long last = image.pages() - 1;
      byte[] read = page.clone();
      image.read(last, read, 0);
      assertArrayEquals(new byte[Page.BYTES], read);
      assertTrue(image.untouched(last));
      image.write(last, page, 0);
      image.write(0, page, 0);
      image.read(last, read, 0);
      assertArrayEquals(page, read);
      assertFalse(image.untouched(last));
      assertEquals(2, image.residentPages());
      image.clear();
      image.read(last, read, 0);
      assertArrayEquals(new byte[Page.BYTES], read);
    }
  }

  @Test
  void refusesMoreContentThanThereIsMemoryFor() throws IOException {
    byte[] page = new byte[Page.BYTES];
    try (var image = RamImage.unreserved(beyondThisMachine(), PageSize.SMALL, 3)) {
      for (int again = 0; again < 2; again++) {
        for (int pfn = 0; pfn < 3; pfn++) {
          image.write(pfn * 1000L, page, 0);
        }
        OutOfMemoryError refused =
            assertThrows(OutOfMemoryError.class, () -> image.write(7, page, 0));
        assertTrue(
            refused.getMessage().contains("12288 bytes"), String.valueOf(refused.getMessage()));
        assertTrue(image.untouched(7));
        // What was cleared has its memory still.
        image.clear();
      }
    }
  }
}
