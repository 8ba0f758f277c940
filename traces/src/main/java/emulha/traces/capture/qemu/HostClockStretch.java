package emulha.traces.capture.qemu;

import emulha.files.Closing;
import emulha.linux.Linux;
import emulha.traces.capture.GuestGoneException;
import emulha.traces.capture.Pacing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * Guests on the host's clock. The time that a guest ran is taken from QEMU's own STOP and RESUME
 * events. {@link Pacing} keeps the mean exact, so that merged series keep exact intervals, too.
 */
final class HostClockStretch implements Stretch {
  private final List<Held> guests = new ArrayList<>();
  private final Pacing pacing;
  private final BooleanSupplier interrupted;
  private final LongSummaryStatistics skewUs = new LongSummaryStatistics();

  HostClockStretch(
      List<Recording> recordings, GuestCapture.Plan plan, BooleanSupplier interrupted) {
    this.interrupted = interrupted;
    pacing = new Pacing(plan.intervalNs());
    for (Recording recording : recordings) {
      guests.add(new Held(recording));
    }
  }

  @Override
  public void begin() throws IOException {
    if (halt().isEmpty()) {
      throw new IOException("a guest was paused from elsewhere; nothing was recorded");
    }
  }

  @Override
  public boolean next() throws IOException {
    for (Held guest : guests) {
      guest.sendCont();
    }
    for (Held guest : guests) {
      guest.resumed();
    }
    long waitNs = pacing.waitNs();
    if (!Pacing.waitUntil(System.nanoTime() + waitNs, interrupted)) {
      return false;
    }
    OptionalLong apartUs = halt();
    if (apartUs.isEmpty()) {
      throw new GuestGoneException("the guest was paused from elsewhere");
    }
    skewUs.accept(apartUs.getAsLong());
    pacing.ran(waitNs, guests.stream().mapToLong(guest -> guest.ranNs).sum() / guests.size());
    return true;
  }

  @Override
  public String skew() {
    return "skew of their checkpoints: mean %s us, largest %s us"
        .formatted(skewUs.getSum() / skewUs.getCount(), skewUs.getMax());
  }

  /**
   * Halts all guests. Of several, all processes are held (SIGSTOP) before the first is told to
   * halt, and released one by one: a guest that shares a processor with another would else run on
   * for several time slices before it gets to halt.
   *
   * @return how many microseconds lie between their halts; empty if one was not running
   */
  private OptionalLong halt() throws IOException {
    var halts = new LongSummaryStatistics();
    try {
      for (Held guest : guests) {
        if (guests.size() > 1) {
          guest.hold();
        }
      }
      for (Held guest : guests) {
        guest.sendStop();
        guest.release();
        guest.stopped().ifPresent(halts);
      }
    } finally {
      guests.forEach(Held::release);
    }
    return halts.getCount() < guests.size()
        ? OptionalLong.empty()
        : OptionalLong.of(halts.getMax() - halts.getMin());
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
    private long ranNs;

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
        ranNs = Math.clamp((at.getAsLong() - resumedUs) * 1000, 0, now - sentNs);
      }
      recording.halted(ranNs);
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
