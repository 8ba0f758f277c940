package emulha.commands;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error if that is a terminal, else nothing. */
final class Progress implements AutoCloseable {
  private static final int WIDTH = 100;

  private final @Nullable PrintStream terminal;
  private @Nullable ProgressBar bar;

  private Progress(@Nullable PrintStream terminal) {
    this.terminal = terminal;
  }

  /** Shows on this stream if the launcher found it to be a terminal. */
  static Progress on(PrintStream err) {
    return new Progress(Boolean.getBoolean("emulha.terminal") ? err : null);
  }

  /** Says what is being done, and how far that is. */
  void at(String task, long done, long total) {
    if (terminal == null) {
      return;
    }
    ProgressBar shown = bar;
    if (shown == null) {
      shown =
          new ProgressBarBuilder()
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .setConsumer(new ConsoleProgressBarConsumer(terminal, WIDTH))
              .setInitialMax(total)
              .build();
      bar = shown;
    }
    shown.maxHint(total);
    shown.stepTo(done);
    shown.setExtraMessage(task);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
