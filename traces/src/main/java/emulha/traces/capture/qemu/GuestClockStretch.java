package emulha.traces.capture.qemu;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Guests on their own clocks: every halt is at its nanosecond, of all guests at the same one. */
final class GuestClockStretch implements Stretch {
  private final List<Recording> recordings;
  private final Lockstep lockstep;
  private final long intervalNs;
  private final BooleanSupplier interrupted;
  private long haltNs;

  GuestClockStretch(
      List<Recording> recordings, GuestCapture.Plan plan, BooleanSupplier interrupted) {
    this.recordings = recordings;
    this.interrupted = interrupted;
    lockstep = new Lockstep(recordings.stream().map(Recording::guest).toList());
    intervalNs = plan.intervalNs();
  }

  @Override
  public void begin() throws IOException {
    haltNs = lockstep.now();
    for (Recording recording : recordings) {
      recording.halted(0);
    }
  }

  @Override
  public boolean next() throws IOException {
    haltNs += intervalNs;
    if (!lockstep.runTo(haltNs, interrupted)) {
      return false;
    }
    for (Recording recording : recordings) {
      recording.halted(intervalNs);
    }
    return true;
  }

  @Override
  public String skew() {
    return "in lockstep, in quanta of "
        + Lockstep.QUANTUM_NS
        + " ns of guest time; skew of their checkpoints: 0";
  }

  @Override
  public void close() {
    // These guests were started for the recording and end with it.
  }
}
