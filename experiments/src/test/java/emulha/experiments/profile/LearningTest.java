package emulha.experiments.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.codecs.Method;
import emulha.codecs.auto.AutoProfile;
import emulha.codecs.auto.AutoTrials;
import emulha.experiments.reduce.Reduction;
import emulha.runs.Base;
import emulha.traces.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LearningTest {
  private static final Path SAMPLE =
      Path.of(System.getProperty("emulha.root", "..")).resolve("traces/samples/redis-25ms.tar.zst");

  /**
   * A replay of each stage alone sends as many bytes. Without this, a trial could start from what
   * another stage left, and the profile be of bytes that nobody sends.
   */
  @Test
  void bytesAreThoseOfEachStageAlone() throws IOException {
    List<Series> series = List.of(Series.at(SAMPLE));
    var nothing = new AutoProfile(List.of("zero", "prefix:level=1", "lz4"));
    Learning.Lesson lesson = Learning.from(series, nothing, 1_000_000_000, () -> 0);
    AutoTrials.Costs costs = lesson.costs();
    for (int i = 0; i < 3; i++) {
      var run =
          Reduction.run("run", series, Method.parse(nothing.stages().get(i)), Base.SKIP, row -> {});
      assertEquals(run.traffic().payloadBytes(), costs.bytes().get(i), nothing.stages().get(i));
      assertEquals(run.traffic().dirtyPages(), costs.pages());
    }
    assertEquals(costs.pages(), lesson.profile().pages());
    assertEquals(0, nothing.pages());
    double best = costs.stageNanos().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double byClass = lesson.profile().nanos(1_000_000_000);
    assertTrue(costs.leastNanos() <= byClass, costs.leastNanos() + " <= " + byClass);
    assertTrue(byClass <= best, byClass + " <= " + best);
    // What was learnt, chosen by on the same recording, costs what it says.
    Learning.Lesson again = Learning.from(series, lesson.profile(), 1_000_000_000, () -> 0);
    assertEquals(byClass, again.costs().knownNanos(), 1e-6 * byClass);
  }
}
