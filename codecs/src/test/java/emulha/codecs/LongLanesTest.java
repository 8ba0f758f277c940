package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lanes that no one array holds, as those of a VM that dirties gigabytes between two checkpoints.
 * Parts are a few bytes long here, so that every kind of read meets their ends.
 */
class LongLanesTest {
  static List<String> methods() {
    return MethodSpecs.ALL;
  }

  /** Without this, a method could read across the end of a part what is not there, or skip it. */
  @ParameterizedTest
  @MethodSource("methods")
  void aLaneInPartsDecodesAsOneInOne(String spec) throws IOException {
    var random = new SplittableRandom(0x1a9e5L);
    Sequence sequence = Sequence.small();
    try (var replay = new Replay(Method.parse(spec), sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        replay.decode(step, inParts(replay.encode(step), random));
        replay.compareImages();
      }
    }
  }

  private static EncodedCheckpoint inParts(EncodedCheckpoint whole, SplittableRandom random) {
    var parts = new EncodedCheckpoint(random.nextInt(1, 5000));
    for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
      byte[] bytes = whole.copy(lane);
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, random.nextInt(1, random.nextInt(2, 3000)));
        parts.append(lane, bytes, at, length);
        at += length;
      }
      assertArrayEquals(bytes, parts.copy(lane));
    }
    return parts;
  }

  /** Without this, what an earlier checkpoint left in a part could show in a later one. */
  @Test
  void clearingForgetsAllParts() throws CorruptEncodingException {
    var encoded = new EncodedCheckpoint(4);
    encoded.append(2, new byte[] {1, 2, 3}, 0, 3);
    encoded.append(2, new byte[] {4, 5, 6}, 0, 3);
    encoded.append(2, new byte[] {7, 8, 9}, 0, 3);
    assertEquals(9, encoded.size(2));
    encoded.clear();
    assertEquals(0, encoded.size(2));
    encoded.append(2, new byte[] {10, 11, 12}, 0, 3);
    encoded.append(2, new byte[] {13, 14}, 0, 2);
    assertArrayEquals(new byte[] {10, 11, 12, 13, 14}, encoded.copy(2));
    var lane = new LaneReader(2);
    lane.open(encoded);
    assertEquals(10, lane.readByte());
    assertEquals(0x0e0d0c0b, lane.readInt());
    assertEquals(5, lane.position());
    assertEquals(0, lane.remaining());
    assertThrows(CorruptEncodingException.class, lane::readByte);
  }

  /**
   * A lane of more than 2 GiB, whose parts are one array. Without this, what crosses from one part
   * into the next could not be read, as distances in the lane no longer fit 31 bits.
   */
  @Test
  void partsMayBeFarApart() throws CorruptEncodingException {
    var shared = new byte[1 << 20];
    for (int i = 0; i < shared.length; i++) {
      shared[i] = (byte) ((i * 31) >> 8);
    }
    var encoded = new EncodedCheckpoint();
    encoded.extend(2, 0);
    EncodedCheckpoint.Lane parts = encoded.lane(2);
    for (int i = 0; i < 2200; i++) {
      parts.full.add(new EncodedCheckpoint.Part(shared, shared.length));
      parts.fullBytes += shared.length;
    }
    var lane = new LaneReader(2);
    lane.open(encoded);
    byte[] read = new byte[3 * 299_593];
    while (lane.remaining() >= read.length) {
      int at = (int) (lane.position() % shared.length);
      lane.read(read, 0, read.length);
      int first = Math.min(read.length, shared.length - at);
      assertEquals(-1, Arrays.mismatch(read, 0, first, shared, at, at + first));
      int rest = read.length - first;
      assertEquals(-1, Arrays.mismatch(read, first, read.length, shared, 0, rest));
    }
  }
}
