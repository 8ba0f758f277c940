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

  /**
   * A frame is what a buffer of the largest one's size holds when there is no room left. If it were
   * sent earlier, while the buffer is small still, wire bytes would depend on how it grows.
   */
  @Test
  void framesAreThoseOfABufferThatIsLargeFromTheBeginning() throws IOException {
    var random = new Random(0x6104L);
    for (int round = 0; round < 40; round++) {
      List<Integer> expected = new ArrayList<>();
      List<Integer> frames = new ArrayList<>();
      var lane = new LaneWriter(1, (number, bytes, offset, length) -> frames.add(length));
      int buffered = 0;
      for (int step = 0; step < 400; step++) {
        int bytes = 1 + random.nextInt(1 << random.nextInt(18));
        if (random.nextBoolean()) {
          lane.reserve(bytes);
          lane.advance(bytes);
          if (bytes > FrameSink.MAX_BYTES - buffered) {
            expected.add(buffered);
            buffered = 0;
          }
          buffered += bytes;
        } else {
          lane.write(new byte[bytes], 0, bytes);
          for (int left = bytes; left > 0; ) {
            if (buffered == FrameSink.MAX_BYTES) {
              expected.add(buffered);
              buffered = 0;
            }
            int n = Math.min(left, FrameSink.MAX_BYTES - buffered);
            buffered += n;
            left -= n;
          }
        }
      }
      lane.flush();
      expected.add(buffered);
      assertEquals(expected, frames);
    }
  }

  /** What waits to be moved or discarded has no largest size. */
  @Test
  void aLaneWithoutASinkGrows() throws IOException {
    var lane = new LaneWriter(1, null);
    byte[] some = new byte[100_000];
    for (int i = 0; i < 10; i++) {
      lane.write(some, 0, some.length);
      lane.writeByte(i);
    }
    assertEquals(1_000_010, lane.totalBytes());
    assertEquals(9, lane.buffer()[1_000_009]);
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
