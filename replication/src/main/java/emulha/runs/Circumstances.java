package emulha.runs;

import emulha.linux.Scheduling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * When the counted replays of a run took place, and how busy the machines were with something else.
 * A value that a machine does not tell is null.
 *
 * @param startedUnixMs Unix time in milliseconds of their beginning
 * @param endedUnixMs the same of their end
 * @param sender the threads that read, encode and send, during the replays
 * @param receiver the threads that receive, decode and store, during the replays
 * @param loadMilli mean number of threads running or waiting on the sender's machine in the minute
 *     before the end, in thousandths (proc(5), {@code loadavg})
 */
public record Circumstances(
    long startedUnixMs,
    long endedUnixMs,
    @Nullable Scheduling sender,
    @Nullable Scheduling receiver,
    @Nullable Long loadMilli) {

  /**
   * Of the sender's time, running and waiting to run, the share of waiting that disturbs a trial.
   */
  public static final double DISTURBING_SHARE = 0.1;

  private static final Path PROC = Path.of("/proc");

  /** Adds up what the counted replays tell. Not thread-safe. */
  public static final class Counting {
    private final Path proc;
    private final InstantSource wall;
    private final long startedUnixMs;
    private @Nullable Scheduling sender = Scheduling.NONE;
    private @Nullable Scheduling receiver = Scheduling.NONE;

    Counting(Path proc, InstantSource wall) {
      this.proc = proc;
      this.wall = wall;
      startedUnixMs = wall.millis();
    }

    /** Adds a replay. */
    public void add(@Nullable Scheduling ofSender, @Nullable Scheduling ofReceiver) {
      sender = Scheduling.sum(sender, ofSender);
      receiver = Scheduling.sum(receiver, ofReceiver);
    }

    /** What happened until now. */
    public Circumstances now() {
      return new Circumstances(
          startedUnixMs, Math.max(startedUnixMs, wall.millis()), sender, receiver, loadMilli(proc));
    }
  }

  /**
   * Begins to count.
   *
   * @param wall stamps beginning and end; no duration is taken from it
   */
  public static Counting counting(InstantSource wall) {
    return new Counting(PROC, wall);
  }

  /**
   * Whether the sender waited so long that the times are not the method's; null if not known. The
   * receiver's waiting decides nothing: where both ends share two processors, its threads wait for
   * the sender's and for the JIT compiler's when nothing else runs.
   */
  public @Nullable Boolean disturbed() {
    return sender == null ? null : (Boolean) (sender.waitingShare() > DISTURBING_SHARE);
  }

  private static @Nullable Long loadMilli(Path proc) {
    try {
      return Math.round(
          Double.parseDouble(Files.readString(proc.resolve("loadavg")).split(" ", 2)[0]) * 1000);
    } catch (IOException | NumberFormatException e) {
      return null;
    }
  }
}
