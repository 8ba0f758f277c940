package emulha.commands.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.experiments.engines.PointRunner;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Sweep;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SweepRunTest {
  // Said to come from a sweep, a failure of a testbed would be looked for where nothing runs.
  @Test
  void theCommandThatRunsIsNamed(@TempDir Path directory) throws Exception {
    var plan =
        SweepPlan.of(
            new SweepPlan.Keys(
                List.of(List.of("a")),
                List.of("none"),
                null,
                null,
                null,
                null,
                new SweepPlan.KeysOfHow(null, null, "0", "asap", "skip", null)));
    PointRunner broken =
        (point, place) -> {
          throw new IOException("no luck");
        };
    var said = new ByteArrayOutputStream();
    try (var err = new PrintStream(said, true, StandardCharsets.UTF_8);
        var progress = new Progress(err, false, System::nanoTime)) {
      Sweep sweep = Sweep.create(plan, directory.resolve("sweep"));
      assertEquals(1, new SweepRun("testbed", err).points(sweep, broken, 1, progress, ""));
    }
    String text = said.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("emulha testbed: a_none_own_asap-skip_t001 failed: no luck"), text);
  }
}
