package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.experiments.plan.Plans;
import emulha.experiments.plan.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class LocalRunnerTest {
  @TempDir Path directory;

  /** The ends that have begun, by the numbers of their processes. */
  private List<String> begun() throws IOException {
    Path numbers = directory.resolve("numbers");
    return Files.exists(numbers) ? Files.readAllLines(numbers) : List.of();
  }

  /** A point that is interrupted went on to its end, which may be hours away. */
  @Test
  @Timeout(30)
  void anInterruptStopsBothEnds() throws Exception {
    Point point = Plans.of("'traces': [['a']], 'methods': ['none']").points().getFirst();
    Path program = directory.resolve("program");
    Files.writeString(
        program,
        """
        echo $$ >>"%s"
        [ "$1" != emulharcv ] || echo "emulharcv listens on 127.0.0.1:1"
        exec sleep 60
        """
            .formatted(directory.resolve("numbers")));
    var runner = new LocalRunner(List.of("/bin/sh", program.toString()), (of, text) -> {});
    try (var executor = Executors.newSingleThreadExecutor()) {
      Future<?> run =
          executor.submit(
              () -> {
                runner.run(point, directory.resolve("results"));
                return null;
              });
      while (begun().size() < 2) {
        Thread.sleep(10);
      }
      assertFalse(run.isDone(), "both are at work");
      executor.shutdownNow();
    }
    assertEquals(2, begun().size());
    for (String number : begun()) {
      assertTrue(ProcessHandle.of(Long.parseLong(number)).isEmpty(), number);
    }
  }
}
