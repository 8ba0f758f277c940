package emulha.experiments.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import emulha.experiments.plan.Plans;
import emulha.experiments.plan.Point;
import emulha.experiments.plan.SweepPlan;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of jobs, run without Slurm. */
final class SlurmRunnerTest {
  @TempDir Path directory;

  private static final SweepPlan PLAN =
      Plans.of("'traces': [['a']], 'methods': ['none'], 'reduce_only': true");

  /** Without them the next to resume would not cancel what an earlier sweep left running. */
  @Test
  void numbersOfJobsStayUntilTheyAreCancelled() throws IOException {
    Path jobs = Files.createDirectory(directory.resolve(".slurm")).resolve("jobs");
    Files.writeString(jobs, "7\n");
    new SlurmRunner(PLAN, directory, List.of("emulha"), List.of()).end();
    assertTrue(Files.exists(jobs));
  }

  /** A sweep that is resumed where Slurm is what stands first on the path. */
  static final class Resumed {
    private Resumed() {}

    public static void main(String[] args) throws Exception {
      new SlurmRunner(PLAN, Path.of(args[0]), List.of("emulha"), List.of()).prepare(List.of());
    }
  }

  /** One busy moment of the controller, and what an earlier sweep left would run on for days. */
  @Test
  void whatIsLeftRunningIsCancelledByAControllerThatIsBusyForAMoment() throws Exception {
    Path jobs = Files.createDirectory(directory.resolve(".slurm")).resolve("jobs");
    Files.writeString(jobs, "7\n");
    Path asked = directory.resolve("asked");
    Path programs = Files.createDirectory(directory.resolve("programs"));
    for (String name : List.of("scancel", "squeue")) {
      Path program =
          Files.writeString(
              programs.resolve(name),
              """
              #!/bin/sh
              echo "%1$s" >>"%2$s"
              [ -e "%3$s.busy" ] || { touch "%3$s.busy"; echo "controller busy"; exit 1; }
              """
                  .formatted(name, asked, programs.resolve(name)));
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Resumed.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile());
    builder.environment().put("PATH", programs + File.pathSeparator + System.getenv("PATH"));
    assertEquals(0, builder.start().waitFor(), Files.readString(directory.resolve("log")));
    assertEquals(List.of("scancel", "scancel", "squeue", "squeue"), Files.readAllLines(asked));
    assertFalse(Files.exists(jobs));
  }

  // Left out with a store in a directory, the table was refused there, and nowhere else.
  @Test
  void receiversWithAnyStoreMayDoWhatTheMethodTakes() {
    var plan =
        Plans.of(
            "'traces': [['a']], 'methods': ['similarity:table=redis://table.example'],"
                + " 'stores': ['ram', 'file']");
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
    Point point = PLAN.points().getFirst();
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
    var runner = new SlurmRunner(PLAN, sweep, List.of("/bin/sh", program.toString()), List.of());
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
