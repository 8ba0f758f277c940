package emulha.replication;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * When the counted replays of a run took place, and how busy the machine was with something else. A
 * value that this machine does not tell is null.
 *
 * @param startedUnixMs Unix time in milliseconds of their beginning
 * @param endedUnixMs the same of their end
 * @param ranNs time for which the sender's thread had a processor
 * @param runQueueWaitNs time for which it was ready to run and waited for one
 * @param loadMilli mean number of threads running or waiting in the minute before the end, in
 *     thousandths (proc(5), {@code loadavg})
 */
public record Circumstances(
    long startedUnixMs,
    long endedUnixMs,
    @Nullable Long ranNs,
    @Nullable Long runQueueWaitNs,
    @Nullable Long loadMilli) {

  /** Of a thread's time, running and waiting to run, the share of waiting that disturbs a trial. */
  public static final double DISTURBING_SHARE = 0.1;

  private static final Path PROC = Path.of("/proc");

  /** The counts of the calling thread at an instant. */
  public static final class Since {
    private final Path proc;
    private final InstantSource wall;
    private final long startedUnixMs;
    private final long @Nullable [] before;

    private Since(Path proc, InstantSource wall) {
      this.proc = proc;
      this.wall = wall;
      startedUnixMs = wall.millis();
      before = schedule(proc);
    }

    /** What happened until now; to be asked by the same thread. */
    public Circumstances now() {
      return at(wall.millis());
    }

    Circumstances at(long endedUnixMs) {
      long[] after = schedule(proc);
      boolean known = before != null && after != null;
      return new Circumstances(
          startedUnixMs,
          Math.max(startedUnixMs, endedUnixMs),
          known ? (Long) (after[0] - before[0]) : null,
          known ? (Long) (after[1] - before[1]) : null,
          loadMilli(proc));
    }
  }

  /**
   * Begins to count for the calling thread.
   *
   * @param wall stamps beginning and end; no duration is taken from it
   */
  public static Since since(InstantSource wall) {
    return since(PROC, wall);
  }

  static Since since(Path proc, InstantSource wall) {
    return new Since(proc, wall);
  }

  /** Whether the sender waited so long that its times are not its own; null if not known. */
  public @Nullable Boolean disturbed() {
    Long ran = ranNs;
    Long waited = runQueueWaitNs;
    if (ran == null || waited == null) {
      return null;
    }
    return waited > DISTURBING_SHARE * (ran + waited);
  }

  /** Nanoseconds on a processor and waiting for one: the first two numbers of schedstat. */
  private static long @Nullable [] schedule(Path proc) {
    String[] words = words(proc.resolve("thread-self/schedstat"));
    try {
      return words.length < 2
          ? null
          : new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])};
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static @Nullable Long loadMilli(Path proc) {
    String[] words = words(proc.resolve("loadavg"));
    try {
      return words.length < 3 ? null : Math.round(Double.parseDouble(words[0]) * 1000);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static String[] words(Path file) {
    try {
      return Files.readString(file).strip().split(" +");
    } catch (IOException e) {
      return new String[0];
    }
  }
}
