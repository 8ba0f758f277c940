package emulha.traces.capture.uml;

import emulha.linux.Linux;
import emulha.traces.capture.GuestGoneException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Halts a process and its children with SIGSTOP: the process first, so that it starts no more of
 * them, and lets them go on in the opposite order. Not thread-safe.
 */
final class HaltedProcesses {
  private static final long TIMEOUT_NS = 10_000_000_000L;

  private final long pid;
  private List<Long> children = List.of();
  private final Map<Long, Long> processorNs = new HashMap<>();
  private boolean halted;

  HaltedProcesses(long pid) {
    this.pid = pid;
  }

  /**
   * Halts all; returns when every thread of every process stands still.
   *
   * @throws GuestGoneException if the process ended
   */
  void halt() throws IOException {
    signal(pid, Linux.SIGSTOP);
    halted = true;
    if (!awaitStopped(pid)) {
      throw new GuestGoneException("the guest ended");
    }
    children = children();
    for (long child : children) {
      signal(child, Linux.SIGSTOP);
    }
    for (long child : children) {
      boolean _ = awaitStopped(child);
    }
  }

  /** Lets all go on, if halted. */
  void resume() throws IOException {
    if (!halted) {
      return;
    }
    halted = false;
    for (long child : children) {
      signal(child, Linux.SIGCONT);
    }
    signal(pid, Linux.SIGCONT);
  }

  /** The children of the process, of all its threads. */
  List<Long> children() throws IOException {
    var found = new LinkedHashSet<Long>();
    for (Path task : tasks(pid)) {
      try {
        String text = Files.readString(task.resolve("children"), StandardCharsets.US_ASCII);
        for (String child : text.strip().split(" ")) {
          if (!child.isEmpty()) {
            found.add(Long.valueOf(child));
          }
        }
      } catch (NoSuchFileException e) {
        // the thread ended meanwhile
      }
    }
    return List.copyOf(found);
  }

  /**
   * Processor time of the halted processes since the last call, in nanoseconds; of a child that is
   * new all of its own. What a child had that ended meanwhile is not in it.
   */
  long processorNs() throws IOException {
    long sum = spent(pid);
    for (long child : children) {
      sum += spent(child);
    }
    return sum;
  }

  private long spent(long process) throws IOException {
    long now = 0;
    for (Path task : tasks(process)) {
      try {
        String text = Files.readString(task.resolve("schedstat"), StandardCharsets.US_ASCII);
        now += Long.parseLong(text.substring(0, text.indexOf(' ')));
      } catch (NoSuchFileException e) {
        // the thread ended meanwhile
      }
    }
    Long before = processorNs.put(process, now);
    return before == null ? now : Math.max(0, now - before);
  }

  /** Whether another process traces it by ptrace; false if it ended meanwhile. */
  static boolean isTraced(long process) {
    try {
      return !Files.readString(
              Path.of("/proc", Long.toString(process), "status"), StandardCharsets.ISO_8859_1)
          .contains("TracerPid:\t0\n");
    } catch (IOException e) {
      return false;
    }
  }

  private static void signal(long process, int signal) throws GuestGoneException {
    try {
      Linux.kill(process, signal);
    } catch (IOException e) {
      throw new GuestGoneException(e.getMessage() == null ? "the guest ended" : e.getMessage());
    }
  }

  /** Waits until all threads stand still; false if the process ended. */
  private static boolean awaitStopped(long process) throws IOException {
    long deadline = System.nanoTime() + TIMEOUT_NS;
    while (true) {
      String states = states(process);
      if (states.isEmpty()) {
        return false;
      }
      if (states.chars().allMatch(state -> state == 'T' || state == 't')) {
        return true;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("process " + process + ": did not stop within 10 s");
      }
      LockSupport.parkNanos(50_000);
    }
  }

  /** The states of all threads that have not ended, a letter each. */
  private static String states(long process) throws IOException {
    var states = new StringBuilder();
    for (Path task : tasks(process)) {
      try {
        String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
        // pid (name) state …, where the name may hold anything
        char state = stat.charAt(stat.lastIndexOf(')') + 2);
        if (state != 'Z' && state != 'X') {
          states.append(state);
        }
      } catch (IOException e) {
        // the thread ended meanwhile
      }
    }
    return states.toString();
  }

  private static List<Path> tasks(long process) throws IOException {
    var tasks = new ArrayList<Path>();
    try (DirectoryStream<Path> each =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(process), "task"))) {
      each.forEach(tasks::add);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return tasks;
  }
}
