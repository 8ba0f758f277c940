package emulha.experiments.engines;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Slurm commands of this machine; Slurm 20.11 or later. */
final class Slurm {
  /** States in which a job, or a task of an array, is not at its end. */
  private static final Set<String> LIVING =
      Set.of(
          "PENDING",
          "RUNNING",
          "COMPLETING",
          "CONFIGURING",
          "REQUEUED",
          "REQUEUE_FED",
          "REQUEUE_HOLD",
          "RESIZING",
          "SIGNALING",
          "SPECIAL_EXIT",
          "STAGE_OUT",
          "STOPPED",
          "SUSPENDED");

  /** A job's number, and behind it its cluster if there are several. */
  private static final Pattern NUMBER = Pattern.compile("([0-9]+)(?:;.*)?");

  /** How often the controller is asked for what must not be left undone. */
  private static final int TRIES = 5;

  private static final long PAUSE_MS = 1000;

  private Slurm() {}

  /**
   * Submits a job.
   *
   * @return its number
   */
  static String submit(Path script, List<String> options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sbatch", "--parsable"));
    command.addAll(options);
    command.add(script.toString());
    String said = said(command);
    // A cluster may have more to say, on the error output.
    return said.lines()
        .map(NUMBER::matcher)
        .filter(Matcher::matches)
        .map(number -> number.group(1))
        .findFirst()
        .orElseThrow(
            () -> new IOException("sbatch names no job: " + said.strip().replaceAll("\\s+", " ")));
  }

  /** By job, {@code NUMBER} or {@code NUMBER_TASK}, the state of this user's that Slurm knows. */
  static Map<String, String> states() throws IOException, InterruptedException {
    Map<String, String> states = new HashMap<>();
    String user = System.getProperty("user.name");
    for (String line :
        said(List.of("squeue", "-h", "-r", "-t", "all", "-u", user, "-o", "%i %T"))
            .lines()
            .toList()) {
      String[] words = line.strip().split(" ");
      if (words.length == 2) {
        states.put(words[0], words[1]);
      }
    }
    return states;
  }

  /** Whether a job in this state may still do something. */
  static boolean lives(String state) {
    return LIVING.contains(state);
  }

  /** Whether any of these jobs, or a task of one that is an array, may still do something. */
  static boolean anyLives(Collection<String> jobs) throws IOException, InterruptedException {
    return insist(Slurm::states).entrySet().stream()
        .anyMatch(
            job -> lives(job.getValue()) && jobs.contains(job.getKey().replaceAll("_.*", "")));
  }

  /** Cancels jobs; those that have ended already do not matter. */
  static void cancel(Collection<String> jobs) throws IOException, InterruptedException {
    if (!jobs.isEmpty()) {
      List<String> command = new ArrayList<>(List.of("scancel", "--quiet"));
      command.addAll(jobs);
      insist(() -> said(command));
    }
  }

  private static String said(List<String> command) throws IOException, InterruptedException {
    return Tool.run(
        command.getFirst(),
        command,
        ": run the sweep where Slurm's commands are, or leave out --engine slurm");
  }

  /** What the controller is asked for. */
  @FunctionalInterface
  interface Request<T> {
    /** Asks. */
    T ask() throws IOException, InterruptedException;
  }

  /** The answer of a controller that may be too busy for a moment: it is asked a few times. */
  private static <T> T insist(Request<T> request) throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        return request.ask();
      } catch (IOException e) {
        if (tries == TRIES || e instanceof Tool.Missing) {
          throw e;
        }
        Thread.sleep(PAUSE_MS);
      }
    }
  }
}
