package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.emulharcv.stores.SharedStore;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import emulha.runs.Base;
import emulha.runs.Pace;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of jobs, run without Slurm. */
final class SlurmRunnerTest {
  @TempDir Path directory;

  private final SweepPlan plan =
      new SweepPlan(
          List.of(List.of("a")),
          SweepPlan.methods(List.of("none")),
          List.of(BigDecimal.ZERO),
          List.of(0L),
          List.of(SharedStore.RAM),
          new SweepPlan.How(1, 1, "0", Pace.ASAP, Base.SKIP, true));

  /** Without them the next to resume would not cancel what an earlier sweep left running. */
  @Test
  void numbersOfJobsStayUntilTheyAreCancelled() throws IOException {
    Path jobs = Files.createDirectory(directory.resolve(".slurm")).resolve("jobs");
    Files.writeString(jobs, "7\n");
    new SlurmRunner(plan, directory, List.of("emulha"), List.of()).end();
    assertTrue(Files.exists(jobs));
  }

  // Left out with a store in a directory, the table was refused there, and nowhere else.
  @Test
  void receiversWithAnyStoreMayDoWhatTheMethodTakes() {
    var plan =
        new SweepPlan(
            List.of(List.of("a")),
            SweepPlan.methods(List.of("similarity:table=redis://table.example")),
            List.of(BigDecimal.ZERO),
            List.of(0L),
            List.of(SharedStore.RAM, SharedStore.parse("file")),
            new SweepPlan.How(1, 1, "0", Pace.ASAP, Base.SKIP, false));
    var runner = new SlurmRunner(plan, directory, List.of("emulha"), List.of());
    List<String> scripts = runner.scripts(plan.points());
    assertEquals(2, scripts.size());
    for (String script : scripts) {
      assertTrue(script.contains("--allow-table redis://table.example:6379"), script);
    }
  }

  /**
   * A start on a node that Slurm gave up, which goes on while its sweep is cancelled and resumed,
   * must not take away the directory of the job that comes after it: that one would fail.
   */
  @Test
  void aStartThatIsTooLateLeavesTheNextOnesDirectory() throws Exception {
    Point point = plan.points().getFirst();
    Path sweep = Files.createDirectory(directory.resolve("sweep"));
    Path at = sweep.resolve(".slurm").resolve(point.id());
    SlurmRunner.renew(at);
    Path next = directory.resolve("next");
    SlurmRunner.renew(next);
    // In place of the program: while it runs, the directory is made anew. It writes results then.
    Path program = directory.resolve("program");
    Files.writeString(
        program,
        """
        for last in "$@"; do :; done
        rm -rf "%s"
        mv "%s" "%s"
        mkdir -p "$last"
        """
            .formatted(at, next, at));
    var runner = new SlurmRunner(plan, sweep, List.of("/bin/sh", program.toString()), List.of());
    Path script = directory.resolve("script");
    Files.writeString(script, runner.scripts(List.of(point)).getFirst());
    var builder =
        new ProcessBuilder("/bin/sh", script.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile());
    builder.environment().put("SLURM_ARRAY_TASK_ID", "0");
    builder.environment().put("SLURM_JOB_ID", "7");
    String said = "exit " + builder.start().waitFor();
    said += " " + Files.readString(directory.resolve("log"));
    assertTrue(said.startsWith("exit 1"), said);
    assertTrue(Files.isDirectory(at), said);
    assertFalse(Files.exists(at.resolve("attempt-7-0")), "what it made is gone");
    assertFalse(Files.exists(at.resolve("done")), "and is no result");
    Files.createDirectory(at.resolve("attempt-8-0"));
  }
}
