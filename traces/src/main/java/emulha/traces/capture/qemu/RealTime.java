package emulha.traces.capture.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Priority for this JVM and for guests while they are recorded, so that on a busy machine other
 * programs do not stretch the intervals: real-time for this JVM and for QEMU's main threads, which
 * halt the guests. The threads that run the guests get it, too, if there are processors enough for
 * all; else they get the highest ordinary priority, since they must share the processors fairly.
 * Needs privileges; done by util-linux's chrt and renice.
 */
final class RealTime implements AutoCloseable {
  private final List<List<String>> undo = new ArrayList<>();

  /**
   * Raises this JVM and QEMU processes.
   *
   * @throws IOException if the system does not allow it
   */
  RealTime(List<Long> pids) throws IOException {
    try {
      boolean roomForAll = pids.size() < Runtime.getRuntime().availableProcessors();
      raiseAll(ProcessHandle.current().pid(), 2);
      for (long pid : pids) {
        if (roomForAll) {
          raiseAll(pid, 1);
        } else {
          List<String> up = new ArrayList<>(List.of("renice", "-n", "-20", "-p"));
          List<String> down = new ArrayList<>(List.of("renice", "-n", "0", "-p"));
          List<String> threads = threads(pid);
          up.addAll(threads);
          down.addAll(threads);
          change(up, down);
        }
        String main = Long.toString(pid);
        change(List.of("chrt", "-f", "-p", "3", main), List.of("chrt", "-o", "-p", "0", main));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void raiseAll(long pid, int priority) throws IOException {
    String process = Long.toString(pid);
    change(
        List.of("chrt", "-a", "-f", "-p", Integer.toString(priority), process),
        List.of("chrt", "-a", "-o", "-p", "0", process));
  }

  private void change(List<String> command, List<String> back) throws IOException {
    String answer = run(command);
    if (!answer.isEmpty()) {
      throw new IOException("no real-time priority: " + answer + "; leave out --realtime");
    }
    undo.add(back);
  }

  private static List<String> threads(long pid) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return tasks.map(task -> task.getFileName().toString()).toList();
    }
  }

  /** Runs a program; its first line of output if it failed, else nothing. */
  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return command.getFirst() + " does not answer";
      }
      return process.exitValue() == 0
          ? ""
          : text.lines().findFirst().orElse(command.getFirst() + " failed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while setting priorities", e);
    }
  }

  /** Back to the default priorities; threads that ended are passed over. */
  @Override
  public void close() {
    for (List<String> command : undo) {
      try {
        run(command);
      } catch (IOException e) {
        // the process ended, or keeps its priority until it does
      }
    }
    undo.clear();
  }
}
