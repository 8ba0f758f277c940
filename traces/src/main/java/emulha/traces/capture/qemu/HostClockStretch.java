package emulha.traces.capture.qemu;

import emulha.files.Closing;
import emulha.linux.Linux;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.Pacing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * Guests on the host's clock. The time that a guest ran is taken from QEMU's own STOP and RESUME
 * events. What an interval was too long the following ones are shorter, by up to a fifth each, so
 * that the mean is exact and merged series keep exact intervals, too.
 */
final class HostClockStretch implements Stretch {
  private final List<Recording> recordings;
  private final List<Held> guests = new ArrayList<>();
  private final long intervalNs;
  private final BooleanSupplier interrupted;
  private long delayNs;
  private long waitedNs;
  private long halts;
  private long skewSumNs;
  private long skewMaxNs;

  HostClockStretch(
      List<Recording> recordings, GuestCapture.Plan plan, BooleanSupplier interrupted) {
    this.recordings = recordings;
    this.interrupted = interrupted;
    intervalNs = plan.intervalNs();
    for (Recording recording : recordings) {
      guests.add(new Held(recording));
    }
  }

  @Override
  public void begin() throws IOException {
    if (!halt()) {
      throw new IOException("a guest was paused from elsewhere; nothing was recorded");
    }
  }

  @Override
  public boolean next(long number) throws IOException {
    if (!letRun(number * intervalNs)) {
      return false;
    }
    if (!halt()) {
      throw new GuestGoneException("the guest was paused from elsewhere");
    }
    return true;
  }

  @Override
  public String skew() {
    return "skew of their checkpoints: mean %s us, largest %s us"
        .formatted(skewSumNs / Math.max(1, halts) / 1000, skewMaxNs / 1000);
  }

  /**
   * Lets all guests run until their guest time is {@code untilNs}, as nearly as can be told; false
   * if interrupted before.
   */
  private boolean letRun(long untilNs) throws IOException {
    long ranNs = 0;
    for (Recording recording : recordings) {
      ranNs += recording.guestTimeNs() / recordings.size();
    }
    for (Held guest : guests) {
      guest.sendCont();
    }
    for (Held guest : guests) {
      guest.resumed();
    }
    long begin = System.nanoTime();
    long errorNs = untilNs - intervalNs - ranNs;
    long waitNs = intervalNs + Math.clamp(errorNs, -intervalNs / 5, intervalNs / 5) - delayNs;
    if (!Pacing.waitUntil(begin + waitNs, interrupted)) {
      return false;
    }
    waitedNs = waitNs;
    return true;
  }

  /**
   * Halts all guests; false if one was not running. Of several, all processes are held (SIGSTOP)
   * before the first is told to halt, and released one by one: a guest that shares a processor with
   * another would else run on for several time slices before it gets to halt.
   */
  private boolean halt() throws IOException {
    boolean allRan = true;
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    try {
      for (Held guest : guests) {
        if (guests.size() > 1) {
          guest.hold();
        }
      }
      for (Held guest : guests) {
        guest.sendStop();
        guest.release();
        OptionalLong at = guest.stopped();
        if (at.isEmpty()) {
          allRan = false;
        } else {
          first = Math.min(first, at.getAsLong());
          last = Math.max(last, at.getAsLong());
        }
      }
    } finally {
      guests.forEach(Held::release);
    }
    long lastRunNs = guests.getFirst().lastRunNs;
    if (lastRunNs > 0 && waitedNs > 0) {
      // What a stop usually takes on top of the wait; a single long delay must not sway it.
      long step = Math.clamp((lastRunNs - waitedNs - delayNs) / 4, -100_000, 100_000);
      delayNs = Math.clamp(delayNs + step, 0, intervalNs / 2);
    }
    if (allRan && lastRunNs > 0) {
      halts++;
      skewSumNs += (last - first) * 1000;
      skewMaxNs = Math.max(skewMaxNs, (last - first) * 1000);
    }
    return allRan;
  }

  @Override
  public void close() throws IOException {
    Closing.all(guests, Held::letGo);
  }

  /** A guest that is halted and let run from outside. */
  private static final class Held {
    private final Recording recording;
    private final QemuGuest guest;
    private boolean halted;
    private boolean held;
    private long command;
    private long sentNs;
    private long resumedUs;
    private long lastRunNs;

    Held(Recording recording) {
      this.recording = recording;
      guest = recording.guest();
    }

    /** Holds the whole process where it is. */
    void hold() throws IOException {
      try {
        Linux.kill(guest.pid(), Linux.SIGSTOP);
      } catch (IOException e) {
        throw new GuestGoneException(guest.name() + ": " + e.getMessage());
      }
      held = true;
    }

    /** Lets the process go on if it is held. */
    void release() {
      if (held) {
        held = false;
        try {
          Linux.kill(guest.pid(), Linux.SIGCONT);
        } catch (IOException e) {
          // it ended, as its monitor will tell
        }
      }
    }

    void sendStop() throws IOException {
      halted = true;
      command = guest.monitor().sendStop();
    }

    OptionalLong stopped() throws IOException {
      OptionalLong at = guest.monitor().stopped(command);
      long now = System.nanoTime();
      halted = at.isPresent();
      if (at.isPresent() && resumedUs > 0) {
        // QEMU stamps its events with the time of day; a jump of that clock must not become guest
        // time, so the guest cannot have run longer than from our cont to the stop's reply.
        lastRunNs = Math.clamp((at.getAsLong() - resumedUs) * 1000, 0, now - sentNs);
      }
      recording.halted(lastRunNs);
      return at;
    }

    void sendCont() throws IOException {
      sentNs = System.nanoTime();
      command = guest.monitor().sendCont();
    }

    void resumed() throws IOException {
      OptionalLong at = guest.monitor().resumed(command);
      if (at.isEmpty()) {
        throw new GuestGoneException("the guest was resumed from elsewhere");
      }
      halted = false;
      resumedUs = at.getAsLong();
    }

    /** Lets the guest run on if it is halted. */
    void letGo() throws IOException {
      if (halted) {
        halted = false;
        try {
          guest.monitor().execute("cont");
        } catch (GuestGoneException e) {
          // nothing left to resume
        }
      }
    }
  }
}
