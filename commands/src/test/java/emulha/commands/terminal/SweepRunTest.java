package emulha.commands.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.engines.PointRunner;
import emulha.experiments.plan.SweepPlan;
import emulha.experiments.sweep.Sweep;
import emulha.runs.Base;
import emulha.runs.Pace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
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
        new SweepPlan(
            List.of(List.of("a")),
            SweepPlan.methods(List.of("none")),
            List.of(BigDecimal.ZERO),
            List.of(0L),
            List.of(SharedStore.RAM),
            new SweepPlan.How(1, 1, "0", Pace.ASAP, Base.SKIP, false));
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
