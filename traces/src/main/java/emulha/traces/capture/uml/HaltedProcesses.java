package emulha.traces.capture.uml;

import emulha.linux.Linux;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Halts a process and its children with SIGSTOP: the process first, so that it starts no more of
 * them, and lets them go on in the opposite order. Not thread-safe.
 */
final class HaltedProcesses {
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
    Processes.signal(pid, Linux.SIGSTOP);
    halted = true;
    if (!Processes.awaitHalted(pid)) {
      throw new GuestGoneException("the guest ended");
    }
    children = children();
    for (long child : children) {
      Processes.signal(child, Linux.SIGSTOP);
    }
    for (long child : children) {
      boolean _ = Processes.awaitHalted(child);
    }
  }

  /** Lets all go on, if halted. */
  void resume() throws IOException {
    if (!halted) {
      return;
    }
    halted = false;
    for (long child : children) {
      Processes.signal(child, Linux.SIGCONT);
    }
    Processes.signal(pid, Linux.SIGCONT);
  }

  /** The children of the process, of all its threads. */
  List<Long> children() throws IOException {
    return Processes.ofThreads(pid, "children").stream()
        .flatMap(text -> Arrays.stream(text.strip().split(" ")))
        .filter(child -> !child.isEmpty())
        .map(Long::valueOf)
        .distinct()
        .toList();
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
    for (String schedstat : Processes.ofThreads(process, "schedstat")) {
      now += Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
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
}
