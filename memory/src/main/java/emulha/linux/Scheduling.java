package emulha.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the kernel scheduled threads: the first two numbers of {@code schedstat} (Linux,
 * Documentation/scheduler/sched-stats.rst).
 *
 * @param ranNs time for which they had a processor
 * @param waitedNs time for which they were ready to run and waited for one
 */
public record Scheduling(long ranNs, long waitedNs) {
  /** No time at all. */
  public static final Scheduling NONE = new Scheduling(0, 0);

  private static final Path PROC = Path.of("/proc");

  /** A thread, whose times any thread of the process may ask for while it lives. */
  public record Watched(Path schedstat) {
    /** Its times since it began; null where the machine does not tell. */
    public @Nullable Scheduling now() {
      try {
        String[] words = Files.readString(schedstat).strip().split(" +");
        return words.length < 2
            ? null
            : new Scheduling(Long.parseLong(words[0]), Long.parseLong(words[1]));
      } catch (IOException | NumberFormatException e) {
        return null;
      }
    }
  }

  public static Watched ofThisThread() {
    return ofThisThread(PROC);
  }

  /** The calling thread, as told in a directory that is laid out as {@code /proc}. */
  public static Watched ofThisThread(Path proc) {
    Path thread = proc.resolve("thread-self");
    try {
      thread = thread.toRealPath();
    } catch (IOException e) {
      // Without it nothing is told.
    }
    return new Watched(thread.resolve("schedstat"));
  }

  /** The sum; null if either is not known. */
  public static @Nullable Scheduling sum(@Nullable Scheduling a, @Nullable Scheduling b) {
    return a == null || b == null
        ? null
        : new Scheduling(a.ranNs + b.ranNs, a.waitedNs + b.waitedNs);
  }

  /** What came since an earlier asking; null if either is not known. */
  public static @Nullable Scheduling since(@Nullable Scheduling before, @Nullable Scheduling now) {
    return before == null || now == null
        ? null
        : new Scheduling(now.ranNs - before.ranNs, now.waitedNs - before.waitedNs);
  }

  /** Of the time running and waiting to run, the share of waiting; 0 of no time. */
  public double waitingShare() {
    long all = ranNs + waitedNs;
    return all == 0 ? 0 : (double) waitedNs / all;
  }
}
