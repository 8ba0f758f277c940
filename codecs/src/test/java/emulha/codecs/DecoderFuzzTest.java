package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Decoders given bytes that no encoder wrote. */
final class DecoderFuzzTest {
  private static final int ROUNDS = 120;

  static List<String> methods() {
    return MethodSpecs.ALL;
  }

  /**
   * Without this a damaged or hostile connection could crash the receiver, keep it busy for ever,
   * or write beyond a page. Anything but a {@link CorruptEncodingException} fails the test.
   */
  @ParameterizedTest
  @MethodSource("methods")
  void givePagesOrTheDeclaredException(String spec) throws IOException {
    Sequence sequence = Sequence.small();
    Method method = Method.parse(spec);
    List<EncodedCheckpoint> good = new ArrayList<>();
    try (var replay = new Replay(method, sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        good.add(replay.encode(step));
      }
    }
    var random = new SplittableRandom(0x5eed_f022L);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      EncodedCheckpoint bad = mutated(good.getLast(), random);
      try (var replay = new Replay(method, sequence.ramPages())) {
        for (int i = 0; i < good.size() - 1; i++) {
          replay.decode(sequence.steps().get(i), good.get(i));
        }
        replay.decodeAnything(sequence.steps().getLast(), bad);
      } catch (CorruptEncodingException e) {
        refused++;
      }
    }
    assertTrue(refused > 0, "no mutation was noticed");
  }

  /** Without this a peer could send, and have counted, what nobody reads. */
  @Test
  void aLaneThatTheMethodHasNotIsRefused() throws IOException {
    Sequence sequence = Sequence.small();
    Sequence.Step step = sequence.steps().getFirst();
    try (var replay = new Replay(Method.parse("none"), sequence.ramPages())) {
      EncodedCheckpoint encoded = replay.encode(step);
      encoded.append(2, new byte[1], 0, 1);
      assertEquals(
          "corrupt encoding in lane 2 at offset 0: the method has only 2 lanes",
          assertThrows(CorruptEncodingException.class, () -> replay.decodeAnything(step, encoded))
              .getMessage());
    }
  }

  /** One or two lanes changed in one of several ways. */
  private static EncodedCheckpoint mutated(EncodedCheckpoint from, SplittableRandom random) {
    List<Integer> used = new ArrayList<>();
    for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
      if (from.size(lane) > 0) {
        used.add(lane);
      }
    }
    int one = used.get(random.nextInt(used.size()));
    int other = used.get(random.nextInt(used.size()));
    var copy = new EncodedCheckpoint();
    for (int lane : used) {
      byte[] bytes = from.copy(lane);
      if (lane == one || (lane == other && random.nextBoolean())) {
        bytes = mutated(bytes, random);
      }
      for (int at = 0; at < bytes.length; at += FrameSink.MAX_BYTES) {
        copy.append(lane, bytes, at, Math.min(FrameSink.MAX_BYTES, bytes.length - at));
      }
    }
    return copy;
  }

  private static byte[] mutated(byte[] bytes, SplittableRandom random) {
    switch (random.nextInt(6)) {
      case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        for (int i = 0; i < 5; i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
      }
      case 2 -> random.nextBytes(bytes);
      case 3 -> Arrays.fill(bytes, random.nextInt(bytes.length), bytes.length, (byte) -1);
      case 4 -> {
        return Arrays.copyOf(bytes, random.nextInt(2 * bytes.length + 1));
      }
      default -> {
        int from = random.nextInt(bytes.length);
        int to = random.nextInt(bytes.length);
        int length = bytes.length - Math.max(from, to);
        System.arraycopy(bytes, from, bytes, to, length);
      }
    }
    return bytes;
  }
}
