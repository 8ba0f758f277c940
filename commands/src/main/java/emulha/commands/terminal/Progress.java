package emulha.commands.terminal;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far a command is, on standard error: a progress bar if that is a terminal, else a line at
 * most every {@value #PACE_S} seconds.
 */
public final class Progress implements AutoCloseable {
  private static final int WIDTH = 100;
  private static final int PACE_S = 60;
  private static final long NS_PER_S = 1_000_000_000;

  private final PrintStream err;
  private final boolean terminal;
  private final LongSupplier clock;
  private final long start;
  private long told;
  private @Nullable ProgressBar bar;

  /**
   * @param clock nanoseconds since some instant
   */
  Progress(PrintStream err, boolean terminal, LongSupplier clock) {
    this.err = err;
    this.terminal = terminal;
    this.clock = clock;
    start = clock.getAsLong();
    told = start;
  }

  /** Shows on this stream, as on a terminal if the launcher found it to be one. */
  public static Progress on(PrintStream err) {
    return new Progress(err, Boolean.getBoolean("emulha.terminal"), System::nanoTime);
  }

  /** Says what is being done, and how far that is. */
  public void at(String task, long done, long total) {
    if (!terminal) {
      tell(task, done, total);
      return;
    }
    ProgressBar shown = bar;
    if (shown == null) {
      shown =
          new ProgressBarBuilder()
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .setConsumer(new ConsoleProgressBarConsumer(err, WIDTH))
              .setInitialMax(total)
              .build();
      bar = shown;
    }
    shown.maxHint(total);
    shown.stepTo(done);
    shown.setExtraMessage(task);
  }

  private void tell(String task, long done, long total) {
    long now = clock.getAsLong();
    if (now - told < PACE_S * NS_PER_S) {
      return;
    }
    told = now;
    String left =
        done <= 0 || done >= total
            ? ""
            : ", about %d s left"
                .formatted(Math.round((double) (now - start) / done * (total - done) / NS_PER_S));
    err.println(
        Printable.text(
            "emulha: %d of %d done after %d s%s: %s"
                .formatted(done, total, (now - start) / NS_PER_S, left, task)));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
