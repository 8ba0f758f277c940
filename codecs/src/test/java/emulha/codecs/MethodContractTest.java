package emulha.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.memory.DirtyPages;
import emulha.memory.PageDigests;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method owes, tried on sequences of checkpoints. */
@Execution(ExecutionMode.CONCURRENT)
final class MethodContractTest {
  /** Worst case of any encoding: Remus' 4105 bytes a page, and a stream's framing per VM. */
  private static final int WORST_PAGE = 4105;

  private static final int WORST_FRAMING = 64;

  static Stream<Arguments> methodsAndSequences() {
    List<Sequence> sequences = Sequence.all();
    return MethodSpecs.ALL.stream()
        .flatMap(spec -> sequences.stream().map(sequence -> Arguments.of(spec, sequence)));
  }

  static List<String> methods() {
    return MethodSpecs.ALL;
  }

  /**
   * Without this a method could lose bytes of a page, drift apart from its other end, write beyond
   * a page, or change the guest's pages while it encodes them.
   */
  @ParameterizedTest
  @MethodSource("methodsAndSequences")
  void restoresEveryPage(String spec, Sequence sequence) throws IOException {
    long[] ram = sequence.ramPages();
    try (var replay = new Replay(Method.parse(spec), ram)) {
      for (Sequence.Step step : sequence.steps()) {
        List<Long> before = digests(step.vms());
        long payload = replay.encoder().payloadBytes();
        EncodedCheckpoint encoded = replay.encode(step);
        assertEquals(before, digests(step.vms()), "the encoder changed its input");
        payload = replay.encoder().payloadBytes() - payload;
        long pages = step.vms().stream().mapToLong(DirtyPages::count).sum();
        assertTrue(
            payload <= pages * WORST_PAGE + (long) WORST_FRAMING * ram.length,
            payload + " bytes of payload for " + pages + " pages");
        replay.decode(step, encoded);
        replay.compareImages();
        assertTrue(replay.encoder().retainedBytes() >= 0);
        assertTrue(replay.decoder().retainedBytes() >= 0);
        assertTrue(replay.encoder().allocatedBytes() >= replay.encoder().retainedBytes());
        assertTrue(replay.decoder().allocatedBytes() >= replay.decoder().retainedBytes());
      }
    }
  }

  /** Without this a result could not be repeated: the bytes may depend on the checkpoints only. */
  @ParameterizedTest
  @MethodSource("methodsAndSequences")
  void encodesTheSameTwice(String spec, Sequence sequence) throws IOException {
    Method method = Method.parse(spec);
    try (var one = new Replay(method, sequence.ramPages());
        var two = new Replay(method, sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        assertSameLanes(one.encode(step), two.encode(step));
      }
      assertEquals(one.encoder().payloadBytes(), two.encoder().payloadBytes());
    }
  }

  /** Without this a receiver could take half a checkpoint, or more than one, for a whole one. */
  @ParameterizedTest
  @MethodSource("methods")
  void refusesMissingAndLeftOverBytes(String spec) throws IOException {
    Sequence sequence = Sequence.small();
    Method method = Method.parse(spec);
    List<EncodedCheckpoint> good = new ArrayList<>();
    try (var replay = new Replay(method, sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        good.add(replay.encode(step));
      }
    }
    EncodedCheckpoint last = good.getLast();
    for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
      int size = (int) last.size(lane);
      if (size == 0) {
        continue;
      }
      for (int length : List.of(0, size / 2, size - 1, size + 1)) {
        try (var replay = new Replay(method, sequence.ramPages())) {
          for (int i = 0; i < good.size() - 1; i++) {
            replay.decode(sequence.steps().get(i), good.get(i));
          }
          EncodedCheckpoint bad = resized(last, lane, length);
          assertThrows(
              CorruptEncodingException.class,
              () -> replay.decode(sequence.steps().getLast(), bad),
              "lane " + lane + " of " + size + " bytes cut to " + length);
        }
      }
    }
  }

  /** Without this a stage could be added and never tried. */
  @Test
  void triesEveryStage() {
    for (StageProvider provider : Stages.all()) {
      if (provider.name().equals("native") && NativeLibraries.specs().isEmpty()) {
        continue; // No compiler here.
      }
      assertTrue(
          MethodSpecs.isIn(MethodSpecs.ALL, provider.name()),
          "no specification in MethodSpecs uses " + provider.name());
    }
  }

  static EncodedCheckpoint resized(EncodedCheckpoint from, int resizedLane, int length) {
    var copy = new EncodedCheckpoint();
    for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
      int size = lane == resizedLane ? length : (int) from.size(lane);
      byte[] bytes = Arrays.copyOf(from.copy(lane), size);
      if (size > 0) {
        copy.append(lane, bytes, 0, size);
      }
    }
    return copy;
  }

  static void assertSameLanes(EncodedCheckpoint one, EncodedCheckpoint two) {
    for (int lane = 0; lane < EncodedCheckpoint.MAX_LANES; lane++) {
      assertEquals(one.size(lane), two.size(lane), "size of lane " + lane);
      assertEquals(
          -1,
          Arrays.mismatch(one.copy(lane), two.copy(lane)),
          "first different byte of lane " + lane);
    }
  }

  private static List<Long> digests(List<DirtyPages> vms) {
    return vms.stream().map(PageDigests::ofCheckpoint).toList();
  }
}
