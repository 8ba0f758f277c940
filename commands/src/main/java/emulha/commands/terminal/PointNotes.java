package emulha.commands.terminal;

import emulha.experiments.engines.LocalRunner;
import emulha.experiments.plan.Point;
import java.io.PrintStream;

/**
 * Tells what senders of points have to say: the first few, as in a large sweep many say the same.
 */
public final class PointNotes implements LocalRunner.Notes {
  private static final int MOST = 10;

  private final String command;
  private final PrintStream err;
  private int told;

  /**
   * @param command that runs the points
   */
  public PointNotes(String command, PrintStream err) {
    this.command = command;
    this.err = err;
  }

  @Override
  public synchronized void note(Point point, String text) {
    told++;
    if (told <= MOST) {
      err.println("emulha %s: %s: %s".formatted(command, point.id(), Printable.text(text)));
    } else if (told == MOST + 1) {
      err.println("emulha %s: further notes of points are left out".formatted(command));
    }
  }
}
