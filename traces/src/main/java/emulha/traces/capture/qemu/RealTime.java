package emulha.traces.capture.qemu;

import emulha.traces.capture.Processes;
import emulha.traces.capture.Programs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Priority for this JVM and for guests while they are recorded, so that on a busy machine other
 * programs do not stretch the intervals: real-time for this JVM and for QEMU's main threads, which
 * halt the guests. The threads that run the guests get it, too, if there are processors enough for
 * all; else they get the highest ordinary priority, since they must share the processors fairly.
 * Needs privileges; done by util-linux's chrt and renice.
 */
final class RealTime implements AutoCloseable {
  private final List<String> undo = new ArrayList<>();

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
          String threads =
              Processes.threads(pid).stream()
                  .map(thread -> thread.getFileName().toString())
                  .collect(Collectors.joining(" "));
          change("renice -n -20 -p " + threads, "renice -n 0 -p " + threads);
        }
        change("chrt -f -p 3 " + pid, "chrt -o -p 0 " + pid);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void raiseAll(long pid, int priority) throws IOException {
    change("chrt -a -f -p " + priority + " " + pid, "chrt -a -o -p 0 " + pid);
  }

  private void change(String command, String back) throws IOException {
    Programs.Answer answer = run(command);
    if (!answer.succeeded()) {
      throw new IOException(
          "no real-time priority: %s; leave out --realtime"
              .formatted(answer.firstLine(command + " failed")));
    }
    undo.add(back);
  }

  private static Programs.Answer run(String command) throws IOException {
    return Programs.run(List.of(command.split(" ")));
  }

  /** Back to the default priorities; threads that ended are passed over. */
  @Override
  public void close() {
    for (String command : undo) {
      try {
        Programs.Answer _ = run(command);
      } catch (IOException e) {
        // the process ended, or keeps its priority until it does
      }
    }
    undo.clear();
  }
}
