package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LaneWriterTest {
  private static final int PAGE = 4096;

  /**
   * Bytes referred to and bytes written could otherwise overtake each other, or be counted wrong.
   */
  @Test
  void keepsTheOrderOfWhatIsReferredToAndWhatIsWritten() throws IOException {
    var random = new Random(20130826);
    byte[] pages = new byte[256 * PAGE];
    random.nextBytes(pages);
    var given = new ByteArrayOutputStream();
    var expected = new ByteArrayOutputStream();
    List<Integer> frames = new ArrayList<>();
    var lane =
        new LaneWriter(
            1,
            (number, bytes, offset, length) -> {
              frames.add(length);
              given.write(bytes, offset, length);
            });
    for (int step = 0, page = 0; step < 20_000; step++) {
      switch (random.nextInt(20)) {
        case 0 -> lane.flush();
        case 1 -> {
          byte[] some = new byte[random.nextInt(9000)];
          random.nextBytes(some);
          lane.write(some, 0, some.length);
          expected.write(some, 0, some.length);
          random.nextBytes(some);
        }
        case 2 -> page = random.nextInt(256);
        default -> {
          lane.refer(pages, page * PAGE, PAGE);
          expected.write(pages, page * PAGE, PAGE);
          page = (page + 1) % 256;
        }
      }
      assertEquals(expected.size(), lane.totalBytes());
    }
    lane.flush();

    assertArrayEquals(expected.toByteArray(), given.toByteArray());
    assertEquals(FrameSink.MAX_BYTES, frames.stream().mapToInt(length -> length).max().orElse(0));
  }

  /** A run of whole pages would otherwise be copied once more, unnoticed. */
  @Test
  void givesNeighboursToTheSinkFromWhereTheyLie() throws IOException {
    byte[] pages = new byte[64 * PAGE];
    List<byte[]> arrays = new ArrayList<>();
    var lane = new LaneWriter(1, (number, bytes, offset, length) -> arrays.add(bytes));
    for (int page = 0; page < 64; page++) {
      lane.refer(pages, page * PAGE, PAGE);
    }

    assertEquals(1, arrays.size());
    assertSame(pages, arrays.getFirst());
  }
}
