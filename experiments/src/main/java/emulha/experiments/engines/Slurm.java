package emulha.experiments.engines;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    return states().entrySet().stream()
        .anyMatch(
            job -> lives(job.getValue()) && jobs.contains(job.getKey().replaceAll("_.*", "")));
  }

  /** Cancels jobs; those that have ended already do not matter. */
  static void cancel(Collection<String> jobs) throws IOException, InterruptedException {
    if (!jobs.isEmpty()) {
      List<String> command = new ArrayList<>(List.of("scancel", "--quiet"));
      command.addAll(jobs);
      said(command);
    }
  }

  private static String said(List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException(
          "cannot run %s: run the sweep where Slurm's commands are, or leave out --engine slurm"
              .formatted(command.getFirst()),
          e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(
          "%s fails: %s".formatted(command.getFirst(), said.strip().replaceAll("\\s+", " ")));
    }
    return said;
  }
}
