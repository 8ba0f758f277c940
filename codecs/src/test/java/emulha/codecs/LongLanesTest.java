package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
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
}
