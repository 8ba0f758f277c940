package emulha.codecs;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method on the first checkpoints of the bundled recordings. */
@Execution(ExecutionMode.CONCURRENT)
final class RecordedSequenceTest {
  private static final int CHECKPOINTS = 3;
  private static final List<Sequence> SAMPLES =
      List.of(sample("redis-25ms"), sample("ffmpeg-100ms"));

  static List<String> methods() {
    return MethodSpecs.ALL;
  }

  private static Sequence sample(String name) {
    try {
      Recording recording = Recording.sample(name);
      List<Sequence.Step> steps = new ArrayList<>();
      recording.readBase(
          pages -> steps.add(new Sequence.Step(CheckpointKind.PRIMING, List.of(copy(pages)))));
      int base = steps.size();
      recording.readCheckpoints(
          pages -> {
            if (steps.size() < base + CHECKPOINTS) {
              steps.add(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(copy(pages))));
            }
          });
      return new Sequence(name, List.of(recording.ramPages()), steps);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DirtyPages copy(DirtyPages pages) {
    var copy = new DirtyPages();
    for (int i = 0; i < pages.count(); i++) {
      copy.append(pages.pfn(i), pages.slab(i), pages.offset(i));
    }
    copy.setFreeMap(pages.freeMap());
    return copy;
  }

  /**
   * Without this a method could fail on what real guests write, which no made-up page resembles.
   */
  @ParameterizedTest
  @MethodSource("methods")
  void restoresEveryPage(String spec) throws IOException {
    for (Sequence sample : SAMPLES) {
      try (var replay = new Replay(Method.parse(spec), sample.ramPages())) {
        for (Sequence.Step step : sample.steps()) {
          replay.decode(step, replay.encode(step));
        }
        replay.compareImages();
      }
    }
  }
}
