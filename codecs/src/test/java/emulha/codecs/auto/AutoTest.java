package emulha.codecs.auto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.CostClock;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.Method;
import emulha.codecs.Replay;
import emulha.codecs.Sequence;
import emulha.codecs.pipeline.CheckpointEncoder;
import emulha.codecs.pipeline.Workers;
import emulha.memory.PageSize;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How auto chooses. */
final class AutoTest {
  private static long payload(String spec, Sequence sequence) throws IOException {
    try (var replay = new Replay(Method.parse(spec), sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        replay.decode(step, replay.encode(step));
      }
      return replay.encoder().payloadBytes();
    }
  }

  /** Without this auto could ignore the link: on a fast one bytes are cheap, on a slow one dear. */
  @Test
  void sendsMoreBytesOnAFasterLink() throws IOException {
    Sequence full = Sequence.fullFirst();
    var sequence = new Sequence("full", full.frames(), full.steps().subList(0, 2));
    String stages = "auto:stages=none/lz4/gzip,link=";
    long slow = payload(stages + "1Mbit", sequence);
    long fast = payload(stages + "999999Gbit", sequence);
    assertEquals(payload("none", sequence), fast);
    assertTrue(slow < fast, slow + " < " + fast);
    assertTrue(slow <= payload("lz4", sequence), slow + " on a slow link");
  }

  /** Without this a measured choice could end up in bytes that do not decode. */
  @Test
  void decodesWhatItChoseByMeasuredCost() throws IOException {
    Sequence sequence = Sequence.random();
    Method method = Method.parse("auto:stages=zero/lz4/zstd:level=1/gzip");
    long[] ticks = {0};
    CostClock clock = () -> ticks[0] += 1000 + (ticks[0] >> 4) % 30_000;
    var encoded = new EncodedCheckpoint();
    try (CheckpointEncoder encoder =
            CheckpointEncoder.of(
                method,
                PageSize.SMALL,
                sequence.ramPages(),
                encoded::append,
                Workers.IN_TURN,
                clock,
                null);
        var replay = new Replay(method, sequence.ramPages())) {
      for (Sequence.Step step : sequence.steps()) {
        encoded.clear();
        encoder.begin(step.kind());
        encoder.encode(0, step.vms().getFirst());
        encoder.end();
        replay.decode(step, encoded);
        replay.compareImages();
      }
    }
  }

  /** Without this a stage that needs every page would be given some. */
  @Test
  void refusesStagesThatCannotBeChosenPageByPage() {
    for (String stages : List.of("stream", "gzip:scope=checkpoint", "exclude-free")) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> Method.parse("auto:stages=lz4/" + stages))
              .getMessage();
      assertTrue(message.contains("cannot be chosen page by page"), message);
    }
    assertThrows(IllegalArgumentException.class, () -> Method.parse("auto:link=fast"));
  }
}
