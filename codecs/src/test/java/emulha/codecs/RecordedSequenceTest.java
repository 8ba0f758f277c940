package emulha.codecs;

import emulha.memory.DirtyPages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method on a third of the first checkpoints of the bundled recordings, over the pages of the
 * base that they touch and some of the others.
 */
@Execution(ExecutionMode.CONCURRENT)
final class RecordedSequenceTest {
  private static final int CHECKPOINTS = 3;

  /** Of the checkpoints' pages, one run of so many page frames in three. */
  private static final int RUN = 64;

  /** One in so many of the base's other pages. */
  private static final int OTHERS_OF_BASE = 8;

  private static final List<Sequence> SAMPLES =
      List.of(sample("redis-25ms"), sample("ffmpeg-100ms"));

  static List<String> methods() {
    return MethodSpecs.ALL;
  }

  private static Sequence sample(String name) {
    try {
      Recording recording = Recording.sample(name);
      List<Sequence.Step> checkpoints = new ArrayList<>();
      Set<Long> touched = new HashSet<>();
      recording.readCheckpoints(
          pages -> {
            if (checkpoints.size() < CHECKPOINTS) {
              DirtyPages copy = copy(pages, pfn -> pfn / RUN % 3 == 0);
              IntStream.range(0, copy.count()).forEach(i -> touched.add(copy.pfn(i)));
              checkpoints.add(new Sequence.Step(CheckpointKind.INCREMENTAL, List.of(copy)));
            }
          });
      List<Sequence.Step> steps = new ArrayList<>();
      recording.readBase(
          pages ->
              steps.add(
                  new Sequence.Step(
                      CheckpointKind.PRIMING,
                      List.of(
                          copy(
                              pages, pfn -> touched.contains(pfn) || pfn % OTHERS_OF_BASE == 0)))));
      steps.addAll(checkpoints);
      return new Sequence(name, List.of(recording.ramPages()), steps);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DirtyPages copy(DirtyPages pages, LongPredicate which) {
    var copy = new DirtyPages();
    for (int i = 0; i < pages.count(); i++) {
      if (which.test(pages.pfn(i))) {
        copy.append(pages.pfn(i), pages.slab(i), pages.offset(i));
      }
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
